"""Addresses of after-sales in the portal."""

from django.urls import path

from aftersales.portal.views import apply, claims, products, simple

urlpatterns = [
    path("simple/", simple.switch, name="portal_simple"),
    path("apply/", apply.choose_thing, name="portal_apply"),
    path("apply/<slug:key>/", apply.choose_kind, name="portal_apply_kind"),
    path("apply/<slug:key>/<slug:kind>/", apply.fill_in, name="portal_apply_form"),
    path("claims/", claims.claim_list, name="portal_claims"),
    path("claims/<str:number>/", claims.claim_page, name="portal_claim"),
    path("claims/<str:number>/live/", claims.claim_fragment, name="portal_claim_live"),
    path("claims/<str:number>/move/<slug:name>/", claims.make_move, name="portal_claim_move"),
    path("claims/<str:number>/rate/", claims.rate, name="portal_claim_rate"),
    path("claims/<str:number>/files/<int:file_id>/", claims.claim_file, name="portal_claim_file"),
    path("products/", products.product_list, name="portal_products"),
    path("products/register/", products.register, name="portal_register"),
    path("products/<slug:key>/", products.product_page, name="portal_product"),
    path("scan/<str:code>/", products.scan, name="portal_scan"),
    path("scan/<str:code>/take/", products.take_scanned, name="portal_scan_take"),
]
