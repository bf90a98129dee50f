"""Addresses of the API of customers, below `/api/v1/`."""

from django.urls import path

from helpdesk.customers.api import goods, views

urlpatterns = [
    path("customers/", views.Customers.as_view(), name="api_customers"),
    path("customers/<int:customer>/", views.OneCustomer.as_view(), name="api_customer"),
    path("products/", goods.Products.as_view(), name="api_products"),
    path("orders/", goods.Orders.as_view(), name="api_orders"),
    path("orders/<int:order>/", goods.OneOrder.as_view(), name="api_order"),
    path("registered-products/", goods.Things.as_view(), name="api_registered_products"),
]
