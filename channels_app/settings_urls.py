"""Addresses of the administration pages about channel accounts and mailboxes."""

from django.urls import path

from channels_app.views import accounts

urlpatterns = [
    path("channels/", accounts.account_list, name="settings_channels"),
    path("channels/new/<slug:kind>/", accounts.account_create, name="settings_channel_new"),
    path("channels/<slug:slug>/", accounts.account_edit, name="settings_channel_edit"),
    path("channels/<slug:slug>/switch/", accounts.account_switch, name="settings_channel_switch"),
    path("channels/<slug:slug>/secret/", accounts.account_rotate, name="settings_channel_secret"),
    path("channels/<slug:slug>/test/", accounts.account_test, name="settings_channel_test"),
    path("mailboxes/", accounts.mailbox_list, name="settings_mailboxes"),
    path("mailboxes/<int:mailbox_id>/reconcile/", accounts.mailbox_reconcile, name="settings_mailbox_reconcile"),
]
