"""What this room gives to the kernel's registries: leased workers, channel adapters, inbound handlers."""

from channels_app import inbox, outbox  # noqa: F401
from channels_app.accounts import ensure_accounts
from helpdesk.core.registries import first_rows

first_rows.add("channels_app.accounts", ensure_accounts)
