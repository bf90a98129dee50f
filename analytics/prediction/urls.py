"""Addresses of predictions."""

from django.urls import path

from analytics.prediction import views

app_name = "prediction"

urlpatterns = [
    path("dashboards/likely/", views.likely, name="likely"),
    path("dashboards/prediction/", views.prediction, name="models"),
    path("dashboards/prediction/train/", views.train, name="learn"),
]
