"""The address of the alarm's settings."""

from django.urls import path

from aftersales.incidents import views

urlpatterns = [path("batch-alarm/", views.alarm_settings, name="settings_alarm")]
