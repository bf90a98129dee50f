"""After-sales in the customer's portal."""

from django.apps import AppConfig


class AftersalesPortalConfig(AppConfig):
    name = "aftersales.portal"
    label = "aftersales_portal"

    def ready(self) -> None:
        """Put this room's panels on the portal's home."""
        from aftersales.portal import registrations  # noqa: F401
