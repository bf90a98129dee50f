"""Outlets of third parties: work is offered to them, they keep parts, and each work order is settled."""

from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "aftersales.outlets"
    label = "outlets"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.outlets import registrations  # noqa: F401
