"""Addresses of the administration of outlets, below `/settings/`."""

from django.urls import path

from aftersales.outlets.views import settings

urlpatterns = [
    path("outlets/", settings.outlet_list, name="settings_outlets"),
    path("outlets/new/", settings.outlet_create, name="settings_outlet_new"),
    path("outlets/rates/", settings.rates, name="settings_outlets_rates"),
    path("outlets/parts/", settings.stock, name="settings_outlets_stock"),
    path("outlets/parts/<int:stock_id>/", settings.part, name="settings_outlets_part"),
    path("outlets/<int:pk>/", settings.outlet_edit, name="settings_outlet"),
    path("outlets/<int:pk>/rates/", settings.own_rates, name="settings_outlet_rates"),
    path("outlets/<int:pk>/people/add/", settings.member_add, name="settings_outlet_add"),
    path("outlets/<int:pk>/people/<int:staff_id>/delete/", settings.member_delete, name="settings_outlet_remove"),
]
