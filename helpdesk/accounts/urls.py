"""Addresses of the session and of a person's own settings."""

from django.urls import path

from helpdesk.accounts.views import session

urlpatterns = [
    path("sign-in/", session.sign_in_page, name="sign_in"),
    path("sign-out/", session.sign_out_now, name="sign_out"),
    path("i18n/setlang/", session.set_language, name="set_language"),
    path("preferences/", session.set_preferences, name="set_preferences"),
]
