"""Claims, policy rules, approvals, warranty, visits, compensation, complaints and incidents."""

from django.apps import AppConfig


class AftersalesConfig(AppConfig):
    name = "aftersales"
    label = "aftersales"

    def ready(self) -> None:
        """Fill the kernel's registries with what the pages of after-sales do for them."""
        from aftersales import registrations  # noqa: F401
