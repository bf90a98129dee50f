"""What a policy is checked for before it counts: known words, a calendar within reach, ladders that can be climbed. Everything
is refused in words, with the name of the field. What policies do to each other is looked at in `circles`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.core import clock
from helpdesk.core.calendars.errors import OutOfReach
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.errors import Invalid
from helpdesk.core.models import BusinessCalendar, ChannelAccount, ChannelGrade, ChannelKind
from helpdesk.core.registries import actions
from helpdesk.customers.models import CustomerLevel
from tickets.models import UNFINISHED, Grade, Holder, Kind, Priority
from tickets.sla.metrics import metrics

if TYPE_CHECKING:
    from tickets.sla.services.policies import StepDraft, TargetDraft

MAX_STEPS = 20
_YEAR = 366 * 24 * 3600
_WORDS: dict[str, Collection[str]] = {
    "channels": ChannelKind.values,
    "account_grades": ChannelGrade.values,
    "kinds": Kind.values,
    "grades": Grade.values,
    "priorities": Priority.values,
    "levels": CustomerLevel.values,
    "holders": [Holder.BOT, Holder.QUEUE, Holder.AGENT],
}
_ROWS = {"accounts": ChannelAccount, "teams": Team}


def clean_conditions(given: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Known names with known words or ids of rows that exist; empty ones are left out."""
    cleaned: dict[str, list[Any]] = {}
    for name, values in given.items():
        field = f"conditions.{name}"[:80]
        if name in _WORDS:
            cleaned[name] = _known_words(values, _WORDS[name], field)
        elif name in _ROWS:
            cleaned[name] = _known_ids(values, _ROWS[name], field)
        else:
            raise Invalid(fields={field: _("There is no such condition.")})
    return {name: values for name, values in cleaned.items() if values}


def _known_words(values: Sequence[Any], known: Collection[str], field: str) -> list[str]:
    words = list(dict.fromkeys(str(value) for value in values))
    if any(word not in known for word in words):
        raise Invalid(fields={field: _("Choose from the list.")})
    return words


def _known_ids(values: Sequence[Any], model: Any, field: str) -> list[int]:
    try:
        ids = sorted({int(value) for value in values})
    except (TypeError, ValueError, OverflowError):
        raise Invalid(fields={field: _("Choose from the list.")}) from None
    if set(ids) != set(model.objects.filter(pk__in=ids).values_list("pk", flat=True)):
        raise Invalid(fields={field: _("Choose from the list.")})
    return ids


def clean_pauses(given: Sequence[str]) -> list[str]:
    """Categories of unfinished tickets; a finished one has no clock that could pause."""
    return _known_words(given, [str(category) for category in UNFINISHED], "pauses")


def clean_target(draft: TargetDraft, field: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of a target and of its steps."""
    if draft.metric not in metrics:
        raise Invalid(fields={f"{field}.metric": _("Choose from the list.")})
    calendar = BusinessCalendar.objects.filter(pk=draft.calendar).first()
    if calendar is None:
        raise Invalid(fields={f"{field}.calendar": _("Choose the calendar on which this time is counted.")})
    _check_length(draft, calendar, field)
    priorities = _known_words(draft.priorities, Priority.values, f"{field}.priorities")
    steps = [clean_step(step, priorities, f"{field}.steps.{nth}") for nth, step in enumerate(draft.steps)]
    _check_steps(steps, field)
    values = {
        "metric": draft.metric,
        "calendar": calendar,
        "seconds": draft.seconds,
        "working_days": draft.working_days,
        "priorities": priorities,
        "kinds": _known_words(draft.kinds, Kind.values, f"{field}.kinds"),
        "teams": _known_ids(draft.teams, Team, f"{field}.teams"),
        "warnings": sorted({_share(share, 99, f"{field}.warnings") for share in draft.warnings}),
    }
    return values, steps


def _check_length(draft: TargetDraft, calendar: BusinessCalendar, field: str) -> None:
    """One length, which the calendar can reach: else its deadline would never come."""
    if (draft.seconds is None) == (draft.working_days is None):
        words = _("Give a length of time or a number of working days, not both.")
        raise Invalid(fields={f"{field}.seconds": words})
    if draft.seconds is not None and not 0 < draft.seconds <= _YEAR:
        raise Invalid(fields={f"{field}.seconds": _("Choose a time between one second and a year.")})
    if draft.working_days is not None and not 0 <= draft.working_days <= 250:
        raise Invalid(fields={f"{field}.working_days": _("Choose 0 to 250 working days.")})
    try:
        hours = working_time(calendar)
        if draft.seconds is not None:
            hours.add(clock.now(), timedelta(seconds=draft.seconds))
        else:
            hours.closing_of_working_day(clock.now(), draft.working_days or 0)
    except OutOfReach as error:
        raise Invalid(fields={f"{field}.calendar": error.message}) from None


def _share(given: Any, most: int, field: str) -> Decimal:
    try:
        share = Decimal(str(given)).quantize(Decimal("0.01"))
    except InvalidOperation:
        share = Decimal(0)
    if not share.is_finite() or not 1 <= share <= most:
        raise Invalid(fields={field: _("Choose a share from 1 to %(most)d per cent.") % {"most": most}})
    return share


def clean_step(draft: StepDraft, priorities: Sequence[str], field: str) -> dict[str, Any]:
    """A rung with one moment and with actions that exist and can do something."""
    if (draft.share is None) == (draft.after_seconds is None):
        raise Invalid(fields={field: _("A step comes at a share of the time, or some time after the breach.")})
    if draft.after_seconds is not None and not 0 < draft.after_seconds <= _YEAR:
        raise Invalid(fields={field: _("Choose a time between one second and a year.")})
    if not draft.actions:
        raise Invalid(fields={field: _("This step does nothing. Choose an action.")})
    return {
        "share": None if draft.share is None else _share(draft.share, 100, field),
        "after_seconds": draft.after_seconds,
        "actions": [_clean_action(action, priorities, field) for action in draft.actions],
    }


def _clean_action(given: Mapping[str, Any], priorities: Sequence[str], field: str) -> dict[str, Any]:
    arguments = dict(given)
    name = str(arguments.pop("do", ""))
    if name not in actions:
        raise Invalid(fields={field: _("There is no such action.")})
    try:
        cleaned = actions.get(name).check(arguments)
    except Invalid as error:
        words = next(iter(error.fields.values()), error.message)
        raise Invalid(fields={field: words}) from None
    if name == "raise_priority" and list(priorities) == [str(Priority.URGENT)]:
        raise Invalid(fields={field: _("This target is for urgent tickets only: there is no higher priority.")})
    return {"do": name, **cleaned}


def _check_steps(steps: Sequence[Mapping[str, Any]], field: str) -> None:
    """Each moment once, not too many, and nobody handed back to whom an earlier step took it from."""
    if len(steps) > MAX_STEPS:
        raise Invalid(fields={f"{field}.steps": _("Use at most %(most)d steps.") % {"most": MAX_STEPS}})
    moments = [(step["after_seconds"] or 0, step["share"] or Decimal(0)) for step in steps]
    if len(set(moments)) < len(moments):
        raise Invalid(fields={f"{field}.steps": _("Two steps come at the same moment. Put their actions into one.")})
    receivers = [
        receiver
        for _moment, step in sorted(zip(moments, steps, strict=True), key=lambda pair: pair[0])
        for receiver in _receivers(step["actions"])
    ]
    if len(set(receivers)) < len(receivers):
        raise Invalid(
            fields={
                f"{field}.steps": _("This ladder runs in a circle: it gives the ticket twice to the same receiver.")
            }
        )


def _receivers(taken: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """The teams and people that reassignments give the ticket to, in their order."""
    given = [action for action in taken if action["do"] == "reassign"]
    return [(name, action[name]) for action in given for name in ("team", "staff") if name in action]
