"""Addresses of incidents."""

from django.urls import path

from aftersales.incidents import views

app_name = "incidents"

urlpatterns = [
    path("incidents/", views.incident_list, name="list"),
    path("incidents/<int:pk>/", views.incident_detail, name="show"),
    path("incidents/<int:pk>/lead/", views.incident_lead, name="lead"),
    path("incidents/<int:pk>/tell/", views.incident_tell, name="tell"),
    path("incidents/<int:pk>/close/", views.incident_close, name="close"),
]
