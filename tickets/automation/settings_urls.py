"""Addresses of the administration about webhooks and sub-tickets."""

from django.urls import path

from tickets.automation.views import settings_sub_tickets, settings_webhooks

urlpatterns = [
    path("webhooks/", settings_webhooks.endpoint_list, name="settings_webhooks"),
    path("webhooks/new/", settings_webhooks.endpoint_create, name="settings_webhook_new"),
    path("webhooks/<int:pk>/", settings_webhooks.endpoint_edit, name="settings_webhook_edit"),
    path("webhooks/<int:pk>/switch/", settings_webhooks.endpoint_switch, name="settings_webhook_switch"),
    path("webhooks/<int:pk>/secret/", settings_webhooks.endpoint_secret, name="settings_webhook_secret"),
    path("webhooks/<int:pk>/test/", settings_webhooks.endpoint_test, name="settings_webhook_test"),
    path("webhooks/<int:pk>/delete/", settings_webhooks.endpoint_delete, name="settings_webhook_delete"),
    path("webhooks/<int:pk>/calls/", settings_webhooks.call_list, name="settings_webhook_calls"),
    path("webhooks/<int:pk>/calls/<int:call>/", settings_webhooks.call_detail, name="settings_webhook_call"),
    path("webhooks/<int:pk>/calls/<int:call>/retry/", settings_webhooks.call_retry, name="settings_webhook_retry"),
    path("sub-tickets/", settings_sub_tickets.overview, name="settings_sub_tickets"),
    path("sub-tickets/new/", settings_sub_tickets.template_create, name="settings_sub_ticket_new"),
    path("sub-tickets/<int:pk>/", settings_sub_tickets.template_edit, name="settings_sub_ticket_edit"),
    path("sub-tickets/<int:pk>/delete/", settings_sub_tickets.template_delete, name="settings_sub_ticket_delete"),
]
