"""Addresses of the API of statistics, below `/api/v1/`."""

from django.urls import path

from analytics.aftersales.api import Aftersales
from analytics.api import views
from analytics.prediction.api import Likely
from analytics.whatif.api import OneWhatIf, WhatIfs

urlpatterns = [
    path("analytics/sla/", views.Sla.as_view(), name="api_analytics_sla"),
    path("analytics/after-sales/", Aftersales.as_view(), name="api_analytics_after_sales"),
    path("analytics/likely/", Likely.as_view(), name="api_analytics_likely"),
    path("analytics/what-ifs/", WhatIfs.as_view(), name="api_analytics_what_ifs"),
    path("analytics/what-ifs/<int:what_if>/", OneWhatIf.as_view(), name="api_analytics_what_if"),
]
