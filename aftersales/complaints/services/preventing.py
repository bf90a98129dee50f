"""Preventive actions: made for a claim, given to somebody until a day, done or dropped with a word."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.claims.access import can_see
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim
from aftersales.complaints.errors import ActionChanged, ActionEnded
from aftersales.complaints.models import ActionState, PreventiveAction
from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.permissions import CLAIM_EXCEPT, CLAIM_WORK
from helpdesk.core import bus
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_zone
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.services.changing import Change

GIVEN = "preventive_action.added"
PAGE = "/preventive-actions/"
MOST_WORDS = 400
MOST_OPEN = 20
MOST_DAYS = 730
# At this hour of the company's day people are reminded.
_MORNING = time(9)


def reminder_of(due_on: date, now: datetime, zone: ZoneInfo, *, is_late: bool = False) -> datetime:
    """The morning before the day (or the day's, when that has passed); the morning after it once it is late."""
    day = due_on + timedelta(days=1) if is_late else due_on - timedelta(days=1)
    moment = datetime.combine(day, _MORNING, zone)
    return moment if is_late or moment > now else max(now, datetime.combine(due_on, _MORNING, zone))


def add_action(claim_id: int, *, words: str, owner_id: Any, due_on: date | None, by: Actor) -> PreventiveAction:
    """Give somebody something to do; announces preventive_action.added, by which its owner hears of it.

    Refuses (`Invalid`) no words, nobody, and a day that has passed.
    """
    with changing_claim(claim_id, "add_preventive_action", by=by) as (claim, change):
        _require_work(by)
        if claim.preventive_actions.filter(state=ActionState.OPEN).count() >= MOST_OPEN:
            raise Invalid(fields={"words": _("This claim has %(most)d open actions already.") % {"most": MOST_OPEN}})
        zone = company_zone()
        values = _clean(words, owner_id, due_on, change.now.astimezone(zone).date())
        action = PreventiveAction.objects.create(
            claim=claim,
            created_by_id=by.id,
            created_at=change.now,
            remind_at=reminder_of(values["due_on"], change.now, zone),
            **values,
        )
        _tell(change, claim, action, GIVEN)
        _notify(change, claim, action, by)
    return action


def change_action(
    action_id: int, *, words: str, owner_id: Any, due_on: date | None, by: Actor, row_version: int | None = None
) -> PreventiveAction:
    """Another owner, day or wording; announces preventive_action.changed."""
    with changing_claim(_claim_of(action_id), "change_preventive_action", by=by) as (claim, change):
        _require_work(by)
        action = _locked(action_id, row_version)
        zone = company_zone()
        today = change.now.astimezone(zone).date()
        # what is late already may stay so
        values = _clean(words, owner_id, due_on, min(today, action.due_on))
        if all(getattr(action, name) == value for name, value in values.items()):
            return action
        is_given_on = action.owner_id != values["owner"].pk
        for name, value in values.items():
            setattr(action, name, value)
        action.remind_at = reminder_of(action.due_on, change.now, zone, is_late=action.due_on < today)
        action.row_version += 1
        action.save()
        _tell(change, claim, action, "preventive_action.changed")
        if is_given_on:
            _notify(change, claim, action, by)
    return action


def end_action(
    action_id: int, *, is_done: bool, result: str, by: Actor, row_version: int | None = None
) -> PreventiveAction:
    """Its owner, or who works on the claim, says that it is done, or why it is dropped; announces preventive_action.ended."""
    with changing_claim(_claim_of(action_id), "end_preventive_action", by=by, sees=_sees(action_id)) as (claim, change):
        action = _locked(action_id, row_version)
        is_owner = by.staff is not None and action.owner_id == by.staff.pk
        if not is_owner:
            _require_work(by)
        result = result.replace("\x00", "").strip()[:MOST_WORDS]
        if not result:
            raise Invalid(fields={"result": _("Say in a few words what came of it.")})
        action.state = ActionState.DONE if is_done else ActionState.DROPPED
        action.result, action.ended_at, action.ended_by_id = result, change.now, by.id
        action.remind_at = None
        action.row_version += 1
        action.save()
        _tell(change, claim, action, "preventive_action.ended")
    return action


def _require_work(by: Actor) -> None:
    if by.is_trusted:
        return
    if by.staff is None or not (by.staff.can(CLAIM_WORK) or by.staff.can(CLAIM_EXCEPT)):
        raise Forbidden


def _claim_of(action_id: int) -> int:
    claim_id = PreventiveAction.objects.filter(pk=action_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    return claim_id


def _locked(action_id: int, row_version: int | None) -> PreventiveAction:
    action = PreventiveAction.objects.select_for_update(no_key=True).get(pk=action_id)
    if row_version is not None and row_version != action.row_version:
        raise ActionChanged(row_version=action.row_version)
    if not action.is_open:
        raise ActionEnded(state=action.state)
    return action


def _sees(action_id: int) -> Any:
    """The owner may be of any department."""

    def sees(by: Actor, claim: Claim) -> bool:
        staff = by.staff
        owns = staff is not None and PreventiveAction.objects.filter(pk=action_id, owner_id=staff.pk).exists()
        return (owns and staff is not None and staff.is_active) or can_see(by, claim)

    return sees


def _clean(words: str, owner_id: Any, due_on: date | None, earliest: date) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    words = words.replace("\x00", "").strip()
    if not words:
        wrong["words"] = _("Say what is to be done.")
    elif len(words) > MOST_WORDS:
        wrong["words"] = _("Use at most %(most)d characters.") % {"most": MOST_WORDS}
    if due_on is None:
        wrong["due_on"] = _("Choose the day by which it is done.")
    elif due_on < earliest:
        wrong["due_on"] = _("This day has passed.")
    elif due_on > earliest + timedelta(days=MOST_DAYS):
        wrong["due_on"] = _("Choose a day within two years.")
    number = str(owner_id or "")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    owner = Staff.objects.filter(pk=int(number), is_active=True).first() if is_number else None
    if owner is None:
        wrong["owner"] = _("Choose who does it.")
    if wrong:
        raise Invalid(fields=wrong)
    return {"words": words, "owner": owner, "due_on": due_on}


def _tell(change: Change, claim: Claim, action: PreventiveAction, name: str) -> None:
    claim.row_version += 1
    claim.save(update_fields=["row_version"])
    change.announce(name, claim=claim.pk, action=action.pk, staff=action.owner_id, state=action.state)


def _notify(change: Change, claim: Claim, action: PreventiveAction, by: Actor) -> None:
    """Its owner hears of it; nobody of what they gave themselves."""
    if by.staff is not None and by.staff.pk == action.owner_id:
        return
    person = action.owner_id
    Notification.objects.create(
        staff_id=person, kind=GIVEN, ticket_id=claim.ticket_id, data={"url": PAGE}, created_at=change.now
    )
    transaction.on_commit(lambda: bus.push([(f"staff:{person}", {"t": "notice"})]))
