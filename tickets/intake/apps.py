"""Composes the rooms of tickets: an arriving message becomes or continues a ticket."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "tickets.intake"
    label = "intake"
