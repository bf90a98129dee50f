"""The demo: data for a first look, and live traffic through the real doors."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "helpdesk.demo"
    label = "demo"
