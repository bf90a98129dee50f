"""Addresses of the warehouse."""

from django.urls import path, re_path

from aftersales.views import warehouse

app_name = "warehouse"
ONE = r"warehouse/(?P<claim>(?:[Aa][Ss]-)?[0-9]{1,19})/"

urlpatterns = [
    path("warehouse/", warehouse.overview, name="overview"),
    path("warehouse/numbers/", warehouse.claim_stray, name="warehouse_claim_stray"),
    path("warehouse/parcels/<int:parcel_id>/take-in/", warehouse.take_in_parcel, name="warehouse_take_in"),
    path("warehouse/problems/<int:problem_id>/close/", warehouse.close, name="warehouse_close_problem"),
    re_path(f"^{ONE}$", warehouse.work, name="work"),
    re_path(f"^{ONE}(?P<name>[a-z_]{{1,24}})/$", warehouse.move, name="warehouse_move"),
]
