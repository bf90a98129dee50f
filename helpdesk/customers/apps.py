"""Customers, their identities, organisations, orders and products; the portal's sign-in."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "helpdesk.customers"
    label = "customers"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from helpdesk.customers import administration, registrations  # noqa: F401
