"""Policy rules: what is allowed to whom until when, and why, in both languages and by version."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "aftersales.policy"
    label = "claim_policy"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.policy import registrations  # noqa: F401
