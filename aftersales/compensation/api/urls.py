"""Addresses of the API of money, below `/api/v1/`."""

from django.urls import path

from aftersales.compensation.api import views

urlpatterns = [
    path("payouts/", views.Payouts.as_view(), name="api_payouts"),
    path("payouts/<int:payout>/", views.OnePayout.as_view(), name="api_payout"),
    path("payouts/<int:payout>/paid/", views.PayoutPaid.as_view(), name="api_payout_paid"),
    path("payouts/<int:payout>/failed/", views.PayoutFailed.as_view(), name="api_payout_failed"),
    path("payouts/<int:payout>/order/", views.PayoutOrder.as_view(), name="api_payout_order"),
    path("payouts/<int:payout>/reversal/", views.PayoutReversal.as_view(), name="api_payout_reversal"),
    path("claims/<str:claim>/receipts/", views.Receipts.as_view(), name="api_claim_receipts"),
    path("claims/<str:claim>/compensations/", views.Compensations.as_view(), name="api_claim_compensations"),
    path("compensations/<int:compensation>/decision/", views.Grant.as_view(), name="api_compensation_decision"),
    path(
        "compensations/<int:compensation>/withdrawal/", views.Withdrawal.as_view(), name="api_compensation_withdrawal"
    ),
]
