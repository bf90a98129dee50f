"""What this room gives to the kernel's registries: leased workers, channel adapters, inbound handlers."""

from channels_app import inbox, outbox  # noqa: F401
