"""What the tickets room gives to the administration pages: steps when people leave, names for the audit log, places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.permissions import LABELS_MANAGE, REPLY, SENDERS_MANAGE, VIEWS_SHARE
from helpdesk.core.describing import Subject, event_words, subject_names, title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import departures, job_handlers, team_closings, workloads
from tickets.models import NUMBER_PREFIX, CannedReply, CustomField, SavedView, StatusLabel, Tag
from tickets.services.handing_back import (
    MOVE_JOB,
    RELEASE_JOB,
    move_batch,
    move_tickets_of_team,
    release_batch,
    release_tickets_of,
    unfinished_work,
)

event_words.add("by:mention", _("mention in a note"))
departures.add("tickets.owned", release_tickets_of)
team_closings.add("tickets.of_team", move_tickets_of_team)
workloads.add("tickets.unfinished", unfinished_work)
job_handlers.add(RELEASE_JOB, release_batch)
job_handlers.add(MOVE_JOB, move_batch)


def ticket_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(f"{NUMBER_PREFIX}{pk}", f"/tickets/{NUMBER_PREFIX}{pk}/") for pk in ids if pk}


def label_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = StatusLabel.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_label_edit", args=[row.pk])) for row in rows}


def field_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = CustomField.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_field_edit", args=[row.pk])) for row in rows}


def reply_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(title) for pk, title in CannedReply.objects.filter(pk__in=set(ids)).values_list("pk", "title")}


def tag_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(name) for pk, name in Tag.objects.filter(pk__in=set(ids)).values_list("pk", "name")}


def view_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {view.pk: Subject(view.label) for view in SavedView.objects.filter(pk__in=set(ids))}


def survey_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(str(_("Question after solving")), reverse("settings_surveys")) for pk in ids}


subject_names.add("ticket", ticket_names)
subject_names.add("status_label", label_names)
subject_names.add("custom_field", field_names)
subject_names.add("canned_reply", reply_names)
subject_names.add("tag", tag_names)
subject_names.add("view", view_names)
subject_names.add("survey_setting", survey_names)
title_events(
    {
        "status_label.created": _("added a status label"),
        "status_label.changed": _("renamed a status label"),
        "status_label.made_default": _("made a status label the default"),
        "status_label.switched": _("switched a status label on or off"),
        "status_label.moved": _("changed the order of status labels"),
        "tag.created": _("added a tag"),
        "tag.switched": _("switched a tag on or off"),
        "custom_field.created": _("added a custom field"),
        "custom_field.changed": _("changed a custom field"),
        "custom_field.switched": _("switched a custom field on or off"),
        "custom_field.moved": _("changed the order of custom fields"),
        "canned_reply.created": _("wrote a canned reply"),
        "canned_reply.changed": _("changed a canned reply"),
        "canned_reply.deleted": _("deleted a canned reply"),
        "sender_rule.created": _("added a sender rule"),
        "sender_rule.changed": _("changed a sender rule"),
        "sender_rule.deleted": _("deleted a sender rule"),
        "survey_setting.changed": _("changed when customers are asked how it went"),
        "view.saved": _("saved a view"),
        "view.changed": _("changed a view"),
        "view.moved": _("changed the order of views"),
        "view.deleted": _("deleted a view"),
        "ticket.created": _("opened a ticket"),
        "ticket.assigned": _("assigned a ticket"),
        "ticket.transferred": _("moved a ticket to another team"),
        "ticket.status_changed": _("changed a ticket's status"),
        "ticket.reopened": _("reopened a ticket"),
        "ticket.edited": _("changed a ticket"),
        "ticket.merged": _("merged a ticket"),
        "ticket.split": _("split a ticket"),
        "ticket.linked": _("linked tickets"),
        "ticket.unlinked": _("removed a link between tickets"),
        "ticket.watched": _("started to watch a ticket"),
        "ticket.unwatched": _("stopped watching a ticket"),
        "ticket.read": _("opened a ticket for the first time"),
        "ticket.snoozed": _("snoozed a ticket"),
        "ticket.woken": _("woke a ticket"),
        "ticket.marked_spam": _("marked a ticket as spam"),
        "ticket.unmarked_spam": _("took a ticket out of spam"),
        "ticket.handed_over": _("handed a conversation over"),
        "ticket.forwarded": _("asked somebody outside about a ticket"),
        "ticket.absorbed": _("took in a merged ticket"),
        "satisfaction.asked": _("asked the customer how it went"),
        "satisfaction.answered": _("rated the help"),
        "message.sent_again": _("sent a message again"),
        "message.received": _("wrote a message"),
        "message.written": _("wrote an answer"),
        "message.withdrawn": _("took an answer back"),
        "message.released": _("sent an answer"),
        "message.sent": _("a message was handed over"),
        "message.delivered": _("a message was delivered"),
        "message.read": _("a message was read"),
        "message.failed": _("a message could not be sent"),
        "note.added": _("wrote an internal note"),
    }
)
title_work(
    {
        "tickets.message": _("Message on a ticket"),
        "tickets.satisfaction": _("Question after solving"),
        RELEASE_JOB: _("Give tickets back to their queues"),
        MOVE_JOB: _("Move a closed team's tickets"),
    }
)
WORDS = _("Words and fields")
_PLACES = [
    Place(
        "settings.labels", _("Status labels"), "status", "settings_labels", 30, "admin", LABELS_MANAGE, "", "", WORDS,
        _("Your own words over the fixed categories."),
    ),
    Place(
        "settings.tags", _("Tags"), "tag", "settings_tags", 31, "admin", LABELS_MANAGE, "", "", WORDS,
        _("Words that are offered on tickets."),
    ),
    Place(
        "settings.fields", _("Custom fields"), "form", "settings_fields", 32, "admin", LABELS_MANAGE, "", "", WORDS,
        _("What a ticket of each kind holds besides."),
    ),
    Place(
        "settings.replies", _("Canned replies"), "template", "settings_replies", 33, "admin", REPLY, "", "", WORDS,
        _("Texts that the composer offers after a slash."),
    ),
    Place(
        "settings.views", _("Shared views"), "list", "settings_views", 34, "admin", VIEWS_SHARE, "", "", WORDS,
        _("Names and order of the views that colleagues share."),
    ),
    Place(
        "settings.surveys", _("Question after solving"), "star", "settings_surveys", 35, "admin", LABELS_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Whether and when customers are asked how it went."),
    ),
    Place(
        "settings.senders", _("Sender rules"), "spam", "settings_senders", 22, "admin", SENDERS_MANAGE, "", "",
        _("Channels"), _("Addresses and domains that are always or never spam."),
    ),
]  # fmt: skip
for place in _PLACES:
    places.add(place.name, place)
