"""Cases of regulators and consumer platforms: legal deadlines, and the evidence that is handed in (F10)."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "aftersales.cases"
    label = "cases"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from aftersales.cases import registrations  # noqa: F401
