"""Addresses of the administration of reviews, below `/settings/`."""

from django.urls import path

from aftersales.reviews import views

urlpatterns = [path("reviews/", views.setting_page, name="settings_reviews")]
