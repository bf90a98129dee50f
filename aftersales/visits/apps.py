"""Service visits: engineers, the times that are offered, routes, and each visit."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "aftersales.visits"
    label = "visits"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.visits import registrations  # noqa: F401
