"""Addresses of the customer's own pages about their requests."""

from django.urls import path

from tickets import portal

urlpatterns = [
    path("", portal.home, name="portal_home"),
    path("requests/", portal.request_list, name="portal_requests"),
    path("requests/<str:number>/", portal.request_detail, name="portal_request"),
    path("requests/<str:number>/live/", portal.request_fragment, name="portal_request_live"),
    path("requests/<str:number>/solve/", portal.solve, name="portal_solve"),
    path("requests/<str:number>/rate/", portal.rate, name="portal_rate"),
    path("rate/<str:text>/", portal.rate_by_link, name="portal_rate_by_link"),
]
