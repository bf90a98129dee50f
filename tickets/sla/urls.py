"""Addresses of the desk about deadlines."""

from django.urls import path, re_path

from tickets.sla.views import clocks

app_name = "sla"
NUMBER = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"

urlpatterns = [
    re_path(f"^{NUMBER}clocks/(?P<clock_id>[0-9]{{1,18}})/$", clocks.clock_why, name="clock"),
    re_path(f"^{NUMBER}breaches/(?P<breach_id>[0-9]{{1,18}})/$", clocks.breach, name="breach"),
    path("breaches/", clocks.breach_list, name="breaches"),
]
