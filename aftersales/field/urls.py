"""Addresses of the engineer's phone."""

from django.urls import path

from aftersales.field.views import app, data, record

app_name = "field"
urlpatterns = [
    path("field/", app.show_app, name="app"),
    path("field/worker.js", app.show_worker, name="field_worker"),
    path("field/app.webmanifest", app.show_manifest, name="field_manifest"),
    path("field/day/", data.show_day, name="field_day"),
    path("field/entries/", data.receive_entry, name="entries"),
    path("claims/<str:number>/visits/", record.show_record, name="visit_record"),
]
