"""Goals, dashboards, surveys, quality, early warning, statistics and reports."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    label = "analytics"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from analytics import registrations  # noqa: F401
        from analytics.aftersales import registrations as aftersales  # noqa: F401
        from analytics.prediction import registrations as prediction  # noqa: F401
        from analytics.whatif import registrations as whatif  # noqa: F401
