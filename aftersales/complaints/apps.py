"""Complaints in seven steps: one named handler, and what prevents the next one (F10)."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "aftersales.complaints"
    label = "complaints"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.complaints import registrations  # noqa: F401
