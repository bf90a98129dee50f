"""Policies, clocks, the due-clock sweep and escalation: the deadlines of tickets and of records of higher rooms."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "tickets.sla"
    label = "sla"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from tickets.sla import registrations  # noqa: F401
