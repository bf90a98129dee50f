"""Addresses of recognition on the desk."""

from django.urls import path, re_path

from tickets.routing.recognition.views import facts, triage

NUMBER = r"(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"

urlpatterns = [
    path("triage/", triage.triage, name="triage"),
    re_path(f"^triage/{NUMBER}$", triage.confirm, name="triage_confirm"),
    re_path(f"^tickets/{NUMBER}recognition/$", triage.correct, name="recognition_correct"),
    re_path(f"^tickets/{NUMBER}facts/ask/$", facts.ask, name="recognition_ask"),
]
