"""Addresses of the web form, by the account's slug."""

from django.urls import path

from channels_app.form import views

urlpatterns = [
    path("<slug:slug>/", views.web_form, name="web_form"),
    path("<slug:slug>/sent/", views.sent, name="web_form_sent"),
    path("<slug:slug>/language/", views.set_language, name="web_form_language"),
]
