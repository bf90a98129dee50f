"""Recognition of kind, urgency, tone and missing facts."""

from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    name = "tickets.routing.recognition"
    label = "recognition"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from tickets.routing.recognition import registrations  # noqa: F401
