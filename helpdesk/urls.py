"""Addresses of the whole product; each room keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path

from helpdesk.core.views import errors, styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("styleguide/", styleguide.show),
    path("styleguide/<slug:page>/", styleguide.show),
    path("", include("helpdesk.accounts.urls")),
    path("portal/", include("helpdesk.customers.urls")),
    path("portal/", include("channels_app.portal.urls")),
    path("portal/", include("tickets.portal_urls")),
    path("form/", include("channels_app.form.urls")),
    path("demo/", include("channels_app.sms.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
