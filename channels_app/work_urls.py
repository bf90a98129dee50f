"""Addresses of the page of background work."""

from django.urls import path

from channels_app.views import work

urlpatterns = [
    path("", work.work_list, name="work"),
    path("retry-reason/", work.work_retry_reason, name="work_retry_reason"),
    path("inbound/<int:pk>/source/", work.work_source, name="work_source"),
    path("<slug:kind>/<int:pk>/", work.work_detail, name="work_detail"),
    path("<slug:kind>/<int:pk>/retry/", work.work_retry, name="work_retry"),
    path("<slug:kind>/<int:pk>/discard/", work.work_discard, name="work_discard"),
]
