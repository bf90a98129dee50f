"""Addresses of the API about deadlines, below `/api/v1/`."""

from django.urls import path

from tickets.sla.api import views

urlpatterns = [
    path("tickets/<str:number>/clocks/", views.Clocks.as_view(), name="api_clocks"),
    path("tickets/<str:number>/breaches/<int:breach>/", views.OneBreach.as_view(), name="api_breach"),
    path("policies/", views.Policies.as_view(), name="api_policies"),
    path("policies/order/", views.PolicyOrder.as_view(), name="api_policy_order"),
    path("policies/<int:policy>/switch/", views.PolicySwitch.as_view(), name="api_policy_switch"),
    path("policies/<int:policy>/", views.OnePolicy.as_view(), name="api_policy"),
]
