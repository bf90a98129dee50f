"""The demo: data for a first look, and live traffic through the real doors."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "helpdesk.demo"
    label = "demo"

    def ready(self) -> None:
        """Let `manage.py check --deploy` look after the demo's accounts."""
        from helpdesk.demo import checks  # noqa: F401
