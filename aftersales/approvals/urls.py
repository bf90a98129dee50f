"""Addresses of approvers."""

from django.urls import path

from aftersales.approvals.views import pages

app_name = "approvals"
urlpatterns = [
    path("approvals/", pages.waiting, name="waiting"),
    path("approvals/decided/", pages.decided, name="decided"),
    path("approvals/<int:pk>/decide/", pages.decide_one, name="decide"),
    path("approvals/<int:pk>/hand-on/", pages.hand_on, name="hand_on"),
]
