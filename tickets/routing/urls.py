"""Addresses of routing on the desk."""

from django.urls import path, re_path

from tickets.routing.views import desk, queues

app_name = "routing"
NUMBER = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"

urlpatterns = [
    path("presence/", desk.presence, name="presence"),
    path("offers/", desk.offers, name="offers"),
    path("offers/<int:offer_id>/accept/", desk.accept, name="accept"),
    path("offers/<int:offer_id>/decline/", desk.decline, name="decline"),
    path("queues/", queues.queue_list, name="queues"),
    path("queues/next/", desk.take, name="next"),
    path("queues/<slug:slug>/", queues.queue_detail, name="queue"),
    re_path(f"^{NUMBER}routing/$", desk.ticket_routing, name="why_waits"),
]
