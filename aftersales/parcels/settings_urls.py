"""Addresses of the administration of carriers."""

from django.urls import path

from aftersales.parcels.views import settings

urlpatterns = [
    path("carriers/", settings.carrier_list, name="settings_carriers"),
    path("carriers/new/", settings.carrier_create, name="settings_carrier_new"),
    path("carriers/<int:pk>/", settings.carrier_edit, name="settings_carrier_edit"),
]
