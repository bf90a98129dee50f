"""Addresses of dashboards, the wallboard and the team's page."""

from django.urls import path, re_path

from analytics.views import sla

app_name = "analytics"

urlpatterns = [
    path("dashboards/sla/", sla.sla_board, name="sla"),
    path("dashboards/sla/tickets/", sla.tickets_behind, name="sla_tickets"),
    re_path(r"^dashboards/sla/export\.(?P<format>csv|xlsx)$", sla.export, name="sla_export"),
]
