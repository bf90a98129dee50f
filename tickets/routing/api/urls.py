"""Addresses of the API of routing, below `/api/v1/`."""

from django.urls import path

from tickets.routing.api import views

urlpatterns = [
    path("presence/", views.OwnPresence.as_view(), name="api_presence"),
    path("offers/", views.Offers.as_view(), name="api_offers"),
    path("offers/<int:offer>/accept/", views.AcceptOffer.as_view(), name="api_offer_accept"),
    path("offers/<int:offer>/decline/", views.DeclineOffer.as_view(), name="api_offer_decline"),
    path("queues/", views.Queues.as_view(), name="api_queues"),
    path("grade-rule/", views.GradeRuleNow.as_view(), name="api_grade_rule"),
]
