"""Customers, their identities, organisations, orders and products; the portal's sign-in."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "helpdesk.customers"
    label = "customers"
