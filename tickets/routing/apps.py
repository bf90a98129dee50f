"""Recognition, grading, queues and the matcher: who gets a ticket, and how urgent it is."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "tickets.routing"
    label = "routing"
