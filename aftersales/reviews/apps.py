"""Closing reviews: what it cost, what was learnt, whether it comes again; and claims that somebody should look at (F11)."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "aftersales.reviews"
    label = "reviews"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.reviews import registrations  # noqa: F401
