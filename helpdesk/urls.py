"""Addresses of the whole product; each room keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path

from helpdesk.core.views import errors, styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("styleguide/", styleguide.show),
    path("styleguide/<slug:page>/", styleguide.show),
    path("", include("helpdesk.accounts.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
