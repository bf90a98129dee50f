"""Joint approval: named people of several sides decide about a claim, each within a time."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "aftersales.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.approvals import registrations  # noqa: F401
