"""Warranty: what things are registered, and what covers them."""

from django.apps import AppConfig


class WarrantyConfig(AppConfig):
    name = "aftersales.warranty"
    label = "warranty"

    def ready(self) -> None:
        """Give this room's settings page and words to the kernel's registries."""
        from aftersales.warranty import registrations  # noqa: F401
