"""Addresses of the API of after-sales, below `/api/v1/`."""

from django.urls import path

from aftersales.api import views

urlpatterns = [
    path("claims/", views.Claims.as_view(), name="api_claims"),
    path("claims/judge/", views.TriedClaims.as_view(), name="api_claims_judge"),
    path("claims/<str:claim>/", views.OneClaim.as_view(), name="api_claim"),
    path("claims/<str:claim>/moves/", views.ClaimMoves.as_view(), name="api_claim_moves"),
    path("tickets/<str:number>/claims/", views.TicketClaims.as_view(), name="api_ticket_claims"),
    path("approvals/", views.Approvals.as_view(), name="api_approvals"),
    path("approvals/<int:approval>/decision/", views.Decision.as_view(), name="api_approval_decision"),
    path("incidents/", views.Incidents.as_view(), name="api_incidents"),
    path("incidents/<int:incident>/", views.OneIncident.as_view(), name="api_incident"),
]
