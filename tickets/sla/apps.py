"""Policies, clocks, the due-clock sweep and escalation: the deadlines of tickets and of records of higher rooms."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "tickets.sla"
    label = "sla"
