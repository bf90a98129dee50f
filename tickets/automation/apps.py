"""Actions, rules, macros and SOPs: what the product does by itself, always through the ticket verbs."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "tickets.automation"
    label = "automation"
