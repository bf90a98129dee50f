"""Incidents: when claims on a product or lot are more than chance, one matter for all of them."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "aftersales.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.incidents import registrations  # noqa: F401
