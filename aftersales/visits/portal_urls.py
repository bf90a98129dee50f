"""Addresses of visits in the portal."""

from django.urls import path

from aftersales.visits import portal

urlpatterns = [path("claims/<str:number>/visit/", portal.choose_time, name="portal_visit")]
