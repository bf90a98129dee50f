"""Addresses of reviews and hints."""

from django.urls import path, re_path

from aftersales.reviews import views

app_name = "reviews"

urlpatterns = [
    path("reviews/", views.review_list, name="list"),
    path("signals/", views.signal_list, name="signals"),
    path("signals/<int:pk>/", views.signal_judge, name="signal"),
    re_path(r"^claims/(?P<number>(?:[Aa][Ss]-)?[0-9]{1,19})/review/$", views.claim_review, name="review"),
]
