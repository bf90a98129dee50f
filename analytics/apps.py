"""Goals, dashboards, surveys, quality, early warning, statistics and reports."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    label = "analytics"
