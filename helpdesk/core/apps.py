"""The small shared kernel: event log and dispatcher, leased work, deliveries, live push, audit, search tokens."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "helpdesk.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Bind `@shared_task` to our Celery application in every process that loads Django; add our lookups and steps."""
        from helpdesk.celery import app  # noqa: F401
        from helpdesk.core import lookups
        from helpdesk.core.calendars import registrations  # noqa: F401

        lookups.register()
