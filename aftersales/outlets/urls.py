"""Addresses of outlets, of finance about them, and of giving them work."""

from django.urls import path

from aftersales.outlets.views import claim, finance, own

app_name = "outlets"
urlpatterns = [
    path("outlet/", own.work, name="work"),
    path("outlet/offers/<int:pk>/accept/", own.accept, name="accept"),
    path("outlet/offers/<int:pk>/decline/", own.decline, name="decline"),
    path("outlet/work/<int:pk>/engineer/", own.engineer, name="engineer"),
    path("outlet/parts/", own.parts, name="parts"),
    path("outlet/parts/<int:pk>/", own.count, name="part"),
    path("outlet/settlements/", own.settlement_list, name="settlements"),
    path("outlet/settlements/<int:pk>/", own.settlement, name="settlement"),
    path("finance/settlements/", finance.settlement_list, name="finance"),
    path("finance/settlements.csv", finance.export, name="finance_export"),
    path("finance/settlements/<int:pk>/", finance.settlement_detail, name="finance_settlement"),
    path("finance/settlements/<int:pk>/<slug:act>/", finance.settlement_act, name="finance_act"),
    path("claims/<str:number>/outlet/", claim.offer, name="offer"),
    path("claims/<str:number>/outlet/<int:pk>/withdraw/", claim.withdraw, name="withdraw"),
]
