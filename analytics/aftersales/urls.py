"""Addresses of the board of after-sales."""

from django.urls import path, re_path

from analytics.aftersales import views

app_name = "aftersales_board"

urlpatterns = [
    path("dashboards/after-sales/", views.board, name="aftersales_board"),
    path("dashboards/after-sales/claims/", views.claims_behind, name="aftersales_claims"),
    re_path(r"^dashboards/after-sales/export\.(?P<file>csv|xlsx)$", views.export, name="aftersales_export"),
]
