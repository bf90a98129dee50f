"""The question by mail after a solving, and the settings that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import LABELS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core import throttle
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.core.outgoing import queue_delivery
from helpdesk.core.saving import require_unchanged
from tickets.models import Satisfaction, SatisfactionAbout, SurveySetting
from tickets.selectors.surveys import HISTORY, survey_route, surveying_of
from tickets.services.changing import Change, changing
from tickets.services.satisfaction import ask, ask_about

PURPOSE = "tickets.satisfaction"
PER_ADDRESS_AND_DAY = 3
ASKED_LATELY = timedelta(days=7)
# From the solving to the question, in minutes.
DELAYS = (0, 15, 60, 240, 1440, 4320)


def ask_by_mail(ticket_id: int, *, now: datetime) -> bool:
    """The sweep's verb: the time to ask has come. Queues one mail per solving, whatever becomes of it; announces
    satisfaction.asked. False when nobody is asked: re-opened, switched off, answered already, no address, too many."""
    with changing(ticket_id, "ask_satisfaction", by=SYSTEM, permission=None, now=now) as change:
        ticket = change.ticket
        if ticket.survey_at is None or ticket.survey_at > now:
            return False
        change.set(survey_at=None)
        if not ticket.is_finished or ticket.solved_at is None or not surveying_of(ticket.team_id).is_on:
            return False
        route = survey_route(ticket)
        if route is None or _was_asked_of_a_record(ticket.pk, now):
            return False
        if throttle.count(f"survey:{route.address}", per=timedelta(days=1)) > PER_ADDRESS_AND_DAY:
            return False
        row, is_new = ask(change)
        if is_new:
            queue_delivery(
                route.account,
                purpose=PURPOSE,
                subject_id=row.pk,
                address=route.address,
                order_key=f"ticket:{ticket.pk}",
                dedupe_key=f"satisfaction:{row.pk}",
            )
    return is_new


def _was_asked_of_a_record(ticket_id: int, now: datetime) -> bool:
    """Whether the customer was asked about a claim or visit of this ticket these days: nobody is asked twice in one matter."""
    rows = Satisfaction.objects.filter(ticket_id=ticket_id, asked_at__gt=now - ASKED_LATELY)
    return rows.exclude(subject_kind=SatisfactionAbout.TICKET).exists()


def ask_about_by_mail(change: Change, kind: SatisfactionAbout, record_id: int, *, number: str = "") -> bool:
    """Ask about a claim or a visit that came to its end, as a part of a change of its ticket: the row always, for the portal to
    show; a mail as well where customers are asked at all, there is an address, and it was not asked too often today."""
    row, is_new = ask_about(change, kind, record_id, number=number)
    ticket = change.ticket
    if not is_new or timezone.now() - change.now > HISTORY or not surveying_of(ticket.team_id).is_on:
        return False
    route = survey_route(ticket)
    if route is None or throttle.count(f"survey:{route.address}", per=timedelta(days=1)) > PER_ADDRESS_AND_DAY:
        return False
    queue_delivery(
        route.account,
        purpose=PURPOSE,
        subject_id=row.pk,
        address=route.address,
        order_key=f"ticket:{ticket.pk}",
        dedupe_key=f"satisfaction:{row.pk}",
    )
    return True


def shown_settings() -> dict[str, Any]:
    """What the form shows: for everybody, and each team's own choice (True, False or None for as everybody)."""
    everybody = surveying_of(None)
    own = dict(SurveySetting.objects.filter(team__isnull=False).values_list("team_id", "is_on"))
    teams = {pk: own.get(pk) for pk in Team.objects.filter(is_active=True).values_list("pk", flat=True)}
    return {"is_on": everybody.is_on, "delay_minutes": int(everybody.delay.total_seconds() // 60), "teams": teams}


@transaction.atomic
def change_surveys(
    *, by: Actor, is_on: bool, delay_minutes: int, teams: Mapping[int, bool | None], seen: str | None = None
) -> None:
    """Set when customers are asked, for everybody and for teams that differ; announces survey_setting.changed."""
    require(by, LABELS_MANAGE)
    if delay_minutes not in DELAYS:
        raise Invalid(fields={"delay_minutes": _("Choose one of the listed times.")})
    Team.objects.select_for_update(no_key=True).order_by("pk").first()  # one editor at a time
    before = shown_settings()
    require_unchanged(seen, before)
    SurveySetting.objects.update_or_create(team=None, defaults={"is_on": is_on, "delay_minutes": delay_minutes})
    for team_id, own in teams.items():
        rows = SurveySetting.objects.filter(team_id=team_id)
        if own is None:
            rows.delete()
        elif not rows.update(is_on=own):
            SurveySetting.objects.create(team_id=team_id, is_on=own)
    after = shown_settings()
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        announce(Announcement("survey_setting.changed", "survey_setting", 0, data={"fields": changed}), by=by)
