"""The engineer's phone: a day that works without a network, sent later, once."""

from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "aftersales.field"
    label = "field"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.field import registrations  # noqa: F401
