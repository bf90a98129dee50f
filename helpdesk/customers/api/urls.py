"""Addresses of the API of customers, below `/api/v1/`."""

from django.urls import path

from helpdesk.customers.api import views

urlpatterns = [
    path("customers/", views.Customers.as_view(), name="api_customers"),
    path("customers/<int:customer>/", views.OneCustomer.as_view(), name="api_customer"),
]
