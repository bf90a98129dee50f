"""Addresses of the administration of cases, below `/settings/`."""

from django.urls import path

from aftersales.cases import views

urlpatterns = [path("cases/", views.terms_settings, name="settings_cases")]
