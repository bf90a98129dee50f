"""Addresses of the API's own description and of the channel accounts, below `/api/v1/`."""

from django.urls import path

from helpdesk.core.api import channels, reference

urlpatterns = [
    path("channels/", channels.Channels.as_view(), name="api_channels"),
    path("schema/", reference.schema, name="api_schema"),
    path("docs/", reference.reference, name="api_docs"),
]
