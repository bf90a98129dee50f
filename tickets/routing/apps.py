"""Recognition, grading, queues and the matcher: who gets a ticket, and how urgent it is."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "tickets.routing"
    label = "routing"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from tickets.routing import registrations  # noqa: F401
