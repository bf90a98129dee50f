"""What the accounts room gives to the kernel's registries."""

from helpdesk.accounts.services.teams import ensure_default_team
from helpdesk.core.registries import first_rows

first_rows.add("accounts.default_team", ensure_default_team)
