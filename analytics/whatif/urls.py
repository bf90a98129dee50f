"""Addresses of what-ifs."""

from django.urls import path, re_path

from analytics.whatif import views

app_name = "what_if"

urlpatterns = [
    path("dashboards/what-if/", views.what_if_list, name="list"),
    path("dashboards/what-if/new/", views.what_if_new, name="new"),
    path("dashboards/what-if/<int:pk>/", views.what_if_show, name="show"),
    path("dashboards/what-if/<int:pk>/progress/", views.what_if_progress, name="replay_progress"),
    path("dashboards/what-if/<int:pk>/cancel/", views.what_if_cancel, name="replay_cancel"),
    re_path(
        r"^dashboards/what-if/(?P<pk>[0-9]{1,18})/(?P<what>figures|tickets)\.csv$",
        views.what_if_export,
        name="replay_export",
    ),
]
