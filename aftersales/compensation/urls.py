"""Addresses of finance and of a claim's money, and the door of the company's system that pays."""

from django.urls import path, re_path

from aftersales.compensation.views import desk, finance, hooks

app_name = "finance"
ONE = r"^claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/money/"

urlpatterns = [
    path("finance/", finance.payout_list, name="list"),
    path("finance/payouts.csv", finance.export, name="export"),
    path("finance/payouts/<int:pk>/", finance.payout_detail, name="payout"),
    re_path(
        r"^finance/payouts/(?P<pk>[0-9]{1,18})/(?P<act>confirm|fail|again|reverse)/$", finance.payout_act, name="act"
    ),
    path("finance/claims/<int:claim_id>/receipt/", finance.receipt, name="receipt"),
    re_path(f"{ONE}$", desk.claim_money, name="claim"),
    re_path(f"{ONE}give/$", desk.give, name="give"),
    re_path(f"{ONE}withdraw/(?P<pk>[0-9]{{1,18}})/$", desk.withdraw, name="withdraw"),
    re_path(f"{ONE}price/(?P<line_id>[0-9]{{1,18}})/$", desk.price, name="price"),
    path("approvals/compensation/<int:pk>/decide/", desk.decide, name="decide"),
    path("approvals/compensation/<int:pk>/hand-on/", desk.hand_on, name="hand_on"),
    path("hooks/payouts/", hooks.payouts, name="hook_payouts"),
    path("hooks/receipts/", hooks.receipts, name="hook_receipts"),
]
