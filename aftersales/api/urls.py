"""Addresses of the API of after-sales, below `/api/v1/`."""

from django.urls import path

from aftersales.api import following, offers, views

urlpatterns = [
    path("claims/", views.Claims.as_view(), name="api_claims"),
    path("claims/judge/", views.TriedClaims.as_view(), name="api_claims_judge"),
    path("claims/<str:claim>/", views.OneClaim.as_view(), name="api_claim"),
    path("claims/<str:claim>/moves/", views.ClaimMoves.as_view(), name="api_claim_moves"),
    path("claims/<str:claim>/promises/", following.ClaimPromises.as_view(), name="api_claim_promises"),
    path("claims/<str:claim>/visits/", following.ClaimVisits.as_view(), name="api_claim_visits"),
    path("claims/<str:claim>/slots/", following.ClaimSlots.as_view(), name="api_claim_slots"),
    path("claims/<str:claim>/booking/", following.ClaimBooking.as_view(), name="api_claim_booking"),
    path(
        "claims/<str:claim>/booking/cancellation/",
        following.ClaimBookingCancellation.as_view(),
        name="api_claim_booking_cancellation",
    ),
    path("claims/<str:claim>/parcels/", following.ClaimParcels.as_view(), name="api_claim_parcels"),
    path("orders/<int:order>/parcels/", following.OrderParcels.as_view(), name="api_order_parcels"),
    path("claims/<str:claim>/preventive-actions/", following.ClaimActions.as_view(), name="api_claim_actions"),
    path("preventive-actions/", following.PreventiveActions.as_view(), name="api_preventive_actions"),
    path("preventive-actions/<int:action>/", following.OneAction.as_view(), name="api_preventive_action"),
    path("preventive-actions/<int:action>/end/", following.ActionEnd.as_view(), name="api_preventive_action_end"),
    path("visits/", following.Visits.as_view(), name="api_visits"),
    path("work-offers/", offers.WorkOffers.as_view(), name="api_work_offers"),
    path("work-offers/<int:offer>/acceptance/", offers.OfferAcceptance.as_view(), name="api_work_offer_acceptance"),
    path("work-offers/<int:offer>/decline/", offers.OfferDecline.as_view(), name="api_work_offer_decline"),
    path("tickets/<str:number>/claims/", views.TicketClaims.as_view(), name="api_ticket_claims"),
    path("approvals/", views.Approvals.as_view(), name="api_approvals"),
    path("approvals/<int:approval>/decision/", views.Decision.as_view(), name="api_approval_decision"),
    path("incidents/", views.Incidents.as_view(), name="api_incidents"),
    path("incidents/<int:incident>/", views.OneIncident.as_view(), name="api_incident"),
]
