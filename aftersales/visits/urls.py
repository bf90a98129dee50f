"""Addresses of the pages of those who plan visits."""

from django.urls import path

from aftersales.visits.views import board, visit

app_name = "visits"
urlpatterns = [
    path("visits/", board.day, name="day"),
    path("visits/to-arrange/", board.waiting, name="waiting"),
    path("visits/absences/", board.absences, name="absences"),
    path("visits/absences/<int:absence_id>/end/", board.end, name="absence_end"),
    path("visits/plan/", board.plan, name="plan"),
    path("visits/<int:visit_id>/", visit.detail, name="visit"),
    path("visits/<int:visit_id>/time/", visit.set_time, name="visit_time"),
    path("visits/<int:visit_id>/engineer/", visit.set_engineer, name="visit_engineer"),
    path("visits/<int:visit_id>/address/", visit.set_address, name="visit_address"),
    path("visits/<int:visit_id>/cancel/", visit.give_up, name="visit_cancel"),
]
