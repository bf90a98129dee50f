"""Addresses of the API of recognition, below `/api/v1/`."""

from django.urls import path

from tickets.routing.recognition.api.views import TicketRecognition

urlpatterns = [path("tickets/<str:number>/recognition/", TicketRecognition.as_view(), name="api_recognition")]
