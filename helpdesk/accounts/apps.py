"""Staff, roles, teams, presence, sign-in and API keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "helpdesk.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from helpdesk.accounts import administration, registrations  # noqa: F401
