"""Address of promises to customers."""

from django.urls import re_path

from aftersales.promises import views

app_name = "promises"

urlpatterns = [
    re_path(r"^claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/promises/new/$", views.promise_new, name="new"),
]
