"""Addresses of the API of accounts, below `/api/v1/`."""

from django.urls import path

from helpdesk.accounts.api import views

urlpatterns = [
    path("me/", views.Me.as_view(), name="api_me"),
    path("teams/", views.Teams.as_view(), name="api_teams"),
    path("staff/", views.StaffList.as_view(), name="api_staff"),
]
