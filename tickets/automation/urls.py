"""Addresses of the desk about sub-tickets and consultations, and of a person's notices."""

from django.urls import path, re_path

from tickets.automation.views import consultations, notices, sub_tickets

app_name = "automation"
NUMBER = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"
ONE = f"^{NUMBER}consultations/(?P<consultation_id>[0-9]{{1,18}})/"

urlpatterns = [
    re_path(f"^{NUMBER}sub-tickets/$", sub_tickets.open_sub, name="open_sub"),
    re_path(f"^{NUMBER}consultations/$", consultations.open_consultation, name="consult"),
    re_path(f"{ONE}invite/$", consultations.invite, name="consult_invite"),
    re_path(f"{ONE}conclude/$", consultations.conclude, name="consult_conclude"),
    re_path(f"{ONE}withdraw/$", consultations.withdraw, name="consult_withdraw"),
    re_path(f"{ONE}leave/$", consultations.leave, name="consult_leave"),
    re_path(f"{ONE}notes/$", consultations.answer, name="consult_note"),
    path("consultations/", consultations.waiting, name="consultations"),
    path("profile/notifications/", notices.notice_settings, name="notice_settings"),
]
