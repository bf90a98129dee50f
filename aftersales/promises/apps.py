"""Promises of after-sales as clocks: what the company says how soon it does, measured on claims and visits (D1)."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "aftersales.promises"
    label = "promises"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.promises import registrations  # noqa: F401
