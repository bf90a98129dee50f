"""Addresses of the administration pages about imported tables."""

from django.urls import path

from helpdesk.customers.views import imports

urlpatterns = [
    path("imports/", imports.import_list, name="settings_imports"),
    path("imports/new/", imports.import_new, name="settings_import_new"),
    path("imports/<int:pk>/", imports.import_show, name="settings_import"),
    path("imports/<int:pk>/refused.csv", imports.import_refusals, name="settings_import_refusals"),
    path("imports/<slug:kind>.csv", imports.import_example, name="settings_import_example"),
]
