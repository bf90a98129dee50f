"""Addresses of after-sales on the desk: claims, their moves and files, and the claims of a ticket."""

from django.urls import path, re_path

from aftersales.views import claim, listing, opening, record, why

app_name = "aftersales"
ONE = r"claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/"

TICKET = r"tickets/(?P<number>(?:[Hh][Dd]-)?[0-9]{1,19})/"

urlpatterns = [
    path("claims/", listing.claim_list, name="claims"),
    path("claims/board/", listing.claim_board, name="board"),
    re_path(f"^{TICKET}claims/$", opening.open_for_ticket, name="open_claim"),
    re_path(f"^{ONE}$", claim.claim_detail, name="claim"),
    re_path(f"^{ONE}moves/(?P<name>[a-z_]{{1,24}})/$", claim.claim_move, name="claim_move"),
    re_path(f"^{ONE}panels/$", claim.claim_panels, name="claim_panels"),
    re_path(f"^{ONE}record/$", record.claim_record, name="claim_record"),
    re_path(f"^{ONE}why/$", why.claim_why, name="claim_why"),
    re_path(f"^{ONE}files/(?P<file_id>[0-9]{{1,18}})/$", record.claim_file, name="claim_file"),
]
