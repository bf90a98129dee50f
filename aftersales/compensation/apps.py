"""Money and what stands for it: refunds split over how an order was paid, compensation within limits, payouts, receipts."""

from django.apps import AppConfig


class CompensationConfig(AppConfig):
    name = "aftersales.compensation"
    label = "compensation"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.compensation import registrations  # noqa: F401
