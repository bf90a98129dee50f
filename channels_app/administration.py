"""What this room gives to the administration pages: its places, the words of its events, the job behind a button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels_app.services.accounts import RECONCILE_JOB, reconcile_job
from channels_app.services.work import RETRY_JOB, SUBJECTS, retry_batch
from helpdesk.accounts.permissions import CHANNELS_MANAGE, WORK_MANAGE
from helpdesk.core.describing import Subject, subject_names, title_events, title_work
from helpdesk.core.models import ChannelAccount
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import job_handlers

CHANNELS = _("Channels")


def account_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    accounts = ChannelAccount.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_channel_edit", args=[row.slug])) for row in accounts}


def _work_names(kind: str) -> None:
    def names(ids: Iterable[int]) -> Mapping[int, Subject]:
        return {pk: Subject(f"#{pk}", reverse("work_detail", args=[kind, pk])) for pk in ids if pk}

    subject_names.add(SUBJECTS[kind], names)


for kind in SUBJECTS:
    _work_names(kind)
subject_names.add("channel_account", account_names)
job_handlers.add(RETRY_JOB, retry_batch)
job_handlers.add(RECONCILE_JOB, reconcile_job)
title_events(
    {
        "work.retried": _("tried parked work again"),
        "work.discarded": _("discarded parked work"),
        "work.retried_all": _("tried all work of one reason again"),
        "inbound.source_read": _("read a raw source"),
        "channel_account.created": _("added a channel account"),
        "channel_account.changed": _("changed a channel account"),
        "channel_account.secrets_changed": _("changed the secrets of a channel account"),
        "channel_account.switched": _("switched a channel account on or off"),
        "channel_account.tested": _("tested a channel account's connection"),
        "mailbox.reconcile_asked": _("asked to compare a mailbox with its server"),
    }
)
title_work(
    {
        "email.message": _("Mail"),
        "form.message": _("Web form"),
        "portal.message": _("Message in the portal"),
        "api.message": _("Message by the API"),
        "webhook.message": _("Message by a webhook"),
        "sms.message": _("Message by SMS"),
        "sms.receipt": _("Receipt of an SMS"),
        "channels_app.too_large": _("Answer to a mail that was too large"),
        RETRY_JOB: _("Try parked work again"),
        RECONCILE_JOB: _("Compare a mailbox with its server"),
    }
)
_PLACES = [
    Place(
        "settings.channels", _("Channel accounts"), "link", "settings_channels", 20, "admin", CHANNELS_MANAGE, "", "",
        CHANNELS, _("Mail, forms, portal, API, SMS and webhooks, with their health."),
    ),
    Place(
        "settings.mailboxes", _("Mailboxes"), "email", "settings_mailboxes", 21, "admin", CHANNELS_MANAGE, "", "",
        CHANNELS, _("What each server showed, and what became of it."),
    ),
    Place(
        "settings.work", _("Background work"), "activity", "work", 41, "admin", WORK_MANAGE, "", "",
        _("Integration and oversight"), _("What is parked, why, and another try."),
    ),
]  # fmt: skip
for place in _PLACES:
    places.add(place.name, place)
