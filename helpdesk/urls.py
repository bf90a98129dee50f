"""Addresses of the whole product; each room keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from channels_app.hooks import receive_hook
from helpdesk.core.api.views import UnknownPath
from helpdesk.core.views import errors, health, styleguide

api = [
    path("", include("helpdesk.core.api.urls")),
    path("", include("helpdesk.accounts.api.urls")),
    path("", include("helpdesk.customers.api.urls")),
    path("", include("tickets.api.urls")),
    path("", include("aftersales.api.urls")),
    path("", include("aftersales.cases.api.urls")),
    path("", include("aftersales.compensation.api.urls")),
    path("", include("analytics.api.urls")),
    path("", include("tickets.sla.api.urls")),
    path("", include("tickets.automation.api.urls")),
    path("", include("tickets.routing.recognition.api.urls")),
    path("", include("tickets.routing.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.show_metrics),
    path("api/v1/", include(api)),
    re_path(r"^api/", UnknownPath.as_view()),
    path("hooks/<slug:channel>/<slug:account>/", receive_hook, name="hook"),
    path("styleguide/", styleguide.show),
    path("styleguide/<slug:page>/", styleguide.show),
    path("", include("helpdesk.accounts.urls")),
    path("settings/", include("tickets.settings_urls")),
    path("settings/", include("tickets.sla.settings_urls")),
    path("settings/", include("tickets.automation.settings_urls")),
    path("settings/", include("tickets.routing.recognition.settings_urls")),
    path("settings/", include("tickets.routing.settings_urls")),
    path("settings/", include("aftersales.incidents.settings_urls")),
    path("settings/", include("aftersales.cases.settings_urls")),
    path("settings/", include("aftersales.reviews.settings_urls")),
    path("settings/", include("aftersales.parcels.settings_urls")),
    path("settings/", include("aftersales.compensation.settings_urls")),
    path("settings/", include("helpdesk.customers.settings_urls")),
    path("settings/", include("aftersales.settings_urls")),
    path("settings/", include("aftersales.visits.settings_urls")),
    path("settings/", include("aftersales.warranty.settings_urls")),
    path("settings/", include("channels_app.settings_urls")),
    path("settings/", include("aftersales.outlets.settings_urls")),
    path("work/", include("channels_app.work_urls")),
    path("", include("channels_app.email.urls")),
    path("", include("aftersales.compensation.urls")),
    path("", include("aftersales.approvals.urls")),
    path("", include("aftersales.urls")),
    path("", include("aftersales.warehouse_urls")),
    path("", include("tickets.sla.urls")),
    path("", include("tickets.automation.urls")),
    path("", include("tickets.routing.urls")),
    path("", include("tickets.urls")),
    path("", include("aftersales.incidents.urls")),
    path("", include("aftersales.complaints.urls")),
    path("", include("aftersales.promises.urls")),
    path("", include("aftersales.cases.urls")),
    path("", include("aftersales.reviews.urls")),
    path("", include("aftersales.field.urls")),
    path("", include("aftersales.outlets.urls")),
    path("", include("aftersales.visits.urls")),
    path("", include("analytics.urls")),
    path("", include("analytics.aftersales.urls")),
    path("", include("analytics.whatif.urls")),
    path("", include("analytics.prediction.urls")),
    path("", include("tickets.routing.recognition.urls")),
    path("", include("helpdesk.customers.staff_urls")),
    path("portal/", include("helpdesk.customers.urls")),
    path("portal/", include("channels_app.portal.urls")),
    path("portal/", include("tickets.portal_urls")),
    path("portal/", include("aftersales.portal.urls")),
    path("portal/", include("aftersales.visits.portal_urls")),
    path("form/", include("channels_app.form.urls")),
    path("demo/", include("channels_app.sms.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
