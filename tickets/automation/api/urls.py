"""Addresses of the API of sub-tickets and consultations, below `/api/v1/`."""

from django.urls import path

from tickets.automation.api import views

ONE = "tickets/<str:number>/"

urlpatterns = [
    path(f"{ONE}sub-tickets/", views.SubTickets.as_view(), name="api_sub_tickets"),
    path(f"{ONE}consultations/", views.Consultations.as_view(), name="api_consultations"),
    path(
        f"{ONE}consultations/<int:consultation>/notes/",
        views.ConsultationNotes.as_view(),
        name="api_consultation_notes",
    ),
    path(
        f"{ONE}consultations/<int:consultation>/conclude/",
        views.ConcludeConsultation.as_view(),
        name="api_consultation_conclude",
    ),
    path(
        f"{ONE}consultations/<int:consultation>/withdraw/",
        views.WithdrawConsultation.as_view(),
        name="api_consultation_withdraw",
    ),
]
