"""Addresses of preventive actions."""

from django.urls import path, re_path

from aftersales.complaints import views

app_name = "complaints"

urlpatterns = [
    path("preventive-actions/", views.action_list, name="actions"),
    path("preventive-actions/<int:pk>/", views.action_edit, name="edit"),
    path("preventive-actions/<int:pk>/end/", views.action_end, name="end"),
    re_path(r"^claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/preventive-actions/new/$", views.action_new, name="new"),
]
