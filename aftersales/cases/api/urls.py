"""Addresses of the API of cases, below `/api/v1/`."""

from django.urls import path

from aftersales.cases.api import views

urlpatterns = [
    path("cases/", views.Cases.as_view(), name="api_cases"),
    path("cases/<str:claim>/", views.OneCase.as_view(), name="api_case"),
]
