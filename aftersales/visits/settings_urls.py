"""Addresses of visits' administration, below `/settings/`."""

from django.urls import path

from aftersales.visits.views import settings

urlpatterns = [
    path("visits/", settings.engineer_list, name="settings_visits"),
    path("visits/engineers/new/", settings.engineer_form, name="settings_visits_engineer_new"),
    path("visits/engineers/<int:engineer_id>/", settings.engineer_form, name="settings_visits_engineer"),
    path("visits/areas/", settings.area_list, name="settings_visits_areas"),
    path("visits/areas/new/", settings.area_form, name="settings_visits_area_new"),
    path("visits/areas/<int:area_id>/", settings.area_form, name="settings_visits_area"),
    path("visits/needs/", settings.need_list, name="settings_visits_needs"),
    path("visits/needs/new/", settings.need_form, name="settings_visits_need_new"),
    path("visits/needs/<int:visit_need_id>/", settings.need_form, name="settings_visits_need"),
    path("visits/needs/<int:visit_need_id>/delete/", settings.need_delete, name="settings_visits_need_delete"),
    path("visits/windows/", settings.windows, name="settings_visits_windows"),
    path("visits/windows/<int:window_id>/delete/", settings.window_delete, name="settings_visits_window_delete"),
]
