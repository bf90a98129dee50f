"""Addresses of the administration pages about labels, tags, fields, canned replies, senders and views."""

from django.urls import path

from tickets.views import settings_labels as labels
from tickets.views import settings_surveys
from tickets.views import settings_texts as texts

urlpatterns = [
    path("statuses/", labels.label_list, name="settings_labels"),
    path("statuses/new/", labels.label_create, name="settings_label_new"),
    path("statuses/<int:pk>/", labels.label_edit, name="settings_label_edit"),
    path("statuses/<int:pk>/default/", labels.label_default, name="settings_label_default"),
    path("statuses/<int:pk>/switch/", labels.label_switch, name="settings_label_switch"),
    path("statuses/<int:pk>/move/", labels.label_move, name="settings_label_move"),
    path("tags/", labels.tag_list, name="settings_tags"),
    path("tags/<int:pk>/switch/", labels.tag_switch, name="settings_tag_switch"),
    path("fields/", labels.field_list, name="settings_fields"),
    path("fields/new/", labels.field_create, name="settings_field_new"),
    path("fields/<int:pk>/", labels.field_edit, name="settings_field_edit"),
    path("fields/<int:pk>/switch/", labels.field_switch, name="settings_field_switch"),
    path("fields/<int:pk>/move/", labels.field_move, name="settings_field_move"),
    path("replies/", texts.reply_list, name="settings_replies"),
    path("replies/new/", texts.reply_form, name="settings_reply_new"),
    path("replies/preview/", texts.reply_preview, name="settings_reply_preview"),
    path("replies/<int:pk>/", texts.reply_form, name="settings_reply_edit"),
    path("replies/<int:pk>/delete/", texts.reply_delete, name="settings_reply_delete"),
    path("senders/", texts.rule_list, name="settings_senders"),
    path("senders/new/", texts.rule_form, name="settings_sender_new"),
    path("senders/<int:pk>/", texts.rule_form, name="settings_sender_edit"),
    path("senders/<int:pk>/delete/", texts.rule_delete, name="settings_sender_delete"),
    path("satisfaction/", settings_surveys.surveys, name="settings_surveys"),
    path("views/", texts.view_list, name="settings_views"),
    path("views/<int:pk>/", texts.view_form, name="settings_view_edit"),
    path("views/<int:pk>/move/", texts.view_move, name="settings_view_move"),
    path("views/<int:pk>/delete/", texts.view_delete, name="settings_view_delete"),
]
