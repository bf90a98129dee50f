"""Addresses on which a signed-in customer writes."""

from django.urls import path

from channels_app.portal import views

urlpatterns = [
    path("requests/new/", views.new_request, name="portal_new_request"),
    path("requests/<str:number>/answer/", views.answer, name="portal_answer"),
]
