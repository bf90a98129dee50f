"""Addresses of the staff's pages about customers."""

from django.urls import path

from helpdesk.customers.views import staff

app_name = "customers"

urlpatterns = [
    path("customers/", staff.customer_list, name="list"),
    path("customers/<int:customer_id>/", staff.customer_detail, name="detail"),
    path("customers/<int:customer_id>/edit/", staff.customer_edit, name="edit"),
    path("customers/identities/<int:identity_id>/show/", staff.identity_show, name="show_identity"),
]
