"""Tickets and their conversation: the one place that writes them; satisfaction; who holds the conversation."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    label = "tickets"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from tickets import administration, registrations  # noqa: F401
