"""Addresses of cases."""

from django.urls import path, re_path

from aftersales.cases import views

app_name = "cases"
ONE = r"claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/"

urlpatterns = [
    path("cases/", views.case_list, name="list"),
    path("cases/new/", views.case_new, name="new"),
    re_path(f"^{ONE}case/$", views.case_deadlines, name="deadlines"),
    re_path(f"^{ONE}evidence/$", views.case_evidence, name="evidence"),
]
