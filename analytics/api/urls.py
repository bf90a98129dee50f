"""Addresses of the API of statistics, below `/api/v1/`."""

from django.urls import path

from analytics.api import views

urlpatterns = [path("analytics/sla/", views.Sla.as_view(), name="api_analytics_sla")]
