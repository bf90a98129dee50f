"""Addresses of the portal's sign-in and profile; the rooms above keep their own portal pages."""

from django.urls import path

from helpdesk.customers import portal

urlpatterns = [
    path("sign-in/", portal.sign_in, name="portal_sign_in"),
    path("sign-in/sent/", portal.sent, name="portal_sent"),
    path("sign-in/code/", portal.code, name="portal_code"),
    path("sign-in/link/<str:text>/", portal.link, name="portal_link"),
    path("sign-out/", portal.sign_out, name="portal_sign_out"),
    path("profile/", portal.profile, name="portal_profile"),
]
