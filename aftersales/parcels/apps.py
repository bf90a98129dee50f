"""Parcels of claims and orders, told of by carriers; receiving, inspecting and dispatching goods."""

from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    name = "aftersales.parcels"
    label = "parcels"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.parcels import registrations  # noqa: F401
