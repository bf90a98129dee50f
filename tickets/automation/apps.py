"""Actions, rules, macros and SOPs: what the product does by itself, always through the ticket verbs."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "tickets.automation"
    label = "automation"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from tickets.automation import registrations  # noqa: F401
