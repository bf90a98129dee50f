"""Addresses of dashboards, the wallboard and the team's page."""

from django.urls import path, re_path

from analytics.views import floor, sla

app_name = "analytics"

urlpatterns = [
    path("dashboards/sla/", sla.sla_board, name="sla"),
    path("dashboards/sla/tickets/", sla.tickets_behind, name="sla_tickets"),
    re_path(r"^dashboards/sla/export\.(?P<file>csv|xlsx)$", sla.export, name="sla_export"),
    path("wallboard/", floor.wallboard, name="wallboard"),
    path("team/", floor.team, name="team"),
]
