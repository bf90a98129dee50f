"""Addresses of the session and of a person's own settings."""

from django.urls import include, path

from helpdesk.accounts.views import profile, session

urlpatterns = [
    path("sign-in/", session.sign_in_page, name="sign_in"),
    path("sign-out/", session.sign_out_now, name="sign_out"),
    path("forgot-password/", session.forgot_password, name="forgot_password"),
    path("i18n/setlang/", session.set_language, name="set_language"),
    path("preferences/", session.set_preferences, name="set_preferences"),
    path("profile/", profile.profile, name="profile"),
    path("set-password/<slug:key>/<slug:token>/", profile.set_password, name="set_password"),
    path("settings/", include("helpdesk.accounts.settings_urls")),
]
