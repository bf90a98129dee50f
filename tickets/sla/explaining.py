"""Why a clock is due at this minute, in words: which policy applied, what was counted, what stood still, what is left.

Everything is read from the ledger and from the calendar; nothing is remembered elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.calendars.explaining import explain
from helpdesk.core.calendars.selectors import working_time
from helpdesk.core.calendars.words import Line, length_text, lines_of, moment_text
from tickets.models import StatusCategory
from tickets.sla.book import rule_from
from tickets.sla.calc import within_reach
from tickets.sla.models import Clock, ClockEvent, ClockEventKind, ClockState, Target
from tickets.sla.words import metric_name, rung_said

_ENDED_BECAUSE = {
    "finished": pgettext_lazy("clock", "the ticket is finished"),
    "merged": pgettext_lazy("clock", "the ticket was merged into another"),
    "spam": pgettext_lazy("clock", "the ticket is spam"),
    "policy": pgettext_lazy("clock", "no policy asks for it any more"),
    "with_bot": pgettext_lazy("clock", "the bot has the conversation"),
    "not_needed": pgettext_lazy("clock", "nothing is waiting any more"),
}
_PAUSED_BECAUSE = {
    **{str(category): category.label for category in StatusCategory},
    "waits": pgettext_lazy("clock", "waiting for a part"),
}
_RECOMPUTED_BECAUSE = {
    "policy": pgettext_lazy("clock", "the policy changed"),
    "calendar": pgettext_lazy("clock", "the calendar changed"),
    "priority": pgettext_lazy("clock", "the priority changed"),
    "kind": pgettext_lazy("clock", "the kind changed"),
    "team": pgettext_lazy("clock", "the team changed"),
    "grade": pgettext_lazy("clock", "the grade changed"),
    "customer": pgettext_lazy("clock", "the customer's level changed"),
    "account": pgettext_lazy("clock", "the channel account's grade changed"),
    "repair": pgettext_lazy("clock", "a check found it out of date"),
}


@dataclass(frozen=True)
class ClockExplanation:
    """A sentence of what is promised, the ledger as sentences, and the day-by-day arithmetic of a running clock."""

    promise: str
    history: list[str]
    arithmetic: list[Line] = field(default_factory=list)
    outcome: str = ""


def explain_clock(clock: Clock) -> ClockExplanation:
    """In the reader's language, by the clocks of the target's calendar; three or four queries."""
    target = _targets().get(pk=clock.target_id)
    return _explained(clock, target, ClockEvent.objects.filter(clock=clock).order_by("id"))


def explain_clocks(clocks: Sequence[Clock]) -> dict[int, ClockExplanation]:
    """Id → explanation, for many clocks; the same few queries whatever their number."""
    targets = _targets().in_bulk({clock.target_id for clock in clocks})
    lines: dict[int, list[ClockEvent]] = {}
    for line in ClockEvent.objects.filter(clock__in=clocks).order_by("id"):
        lines.setdefault(line.clock_id, []).append(line)
    return {clock.pk: _explained(clock, targets[clock.target_id], lines.get(clock.pk, [])) for clock in clocks}


def _targets() -> QuerySet[Target]:
    return Target.objects.select_related("calendar", "version__policy").prefetch_related("steps")


def _explained(clock: Clock, target: Target, lines: Iterable[ClockEvent]) -> ClockExplanation:
    zone = target.calendar.timezone
    return ClockExplanation(
        promise=_promise(clock, target),
        history=[sentence for line in lines if (sentence := _sentence(line, zone))],
        arithmetic=_arithmetic(clock, target),
        outcome=_outcome(clock, zone),
    )


def _promise(clock: Clock, target: Target) -> str:
    words = {
        "metric": metric_name(clock.metric),
        "policy": target.version.policy.label,
        "version": target.version.number,
        "calendar": target.calendar.label,
        "length": length_text(timedelta(seconds=clock.length_seconds)),
        "days": target.working_days,
    }
    if target.working_days is None:
        return _("%(metric)s: %(length)s, counted on “%(calendar)s”, by “%(policy)s” (version %(version)d).") % words
    return (
        _(
            "%(metric)s: by closing time of working day %(days)d on “%(calendar)s”, by “%(policy)s” (version %(version)d)."
        )
        % words
    )


def _arithmetic(clock: Clock, target: Target) -> list[Line]:
    """The days between the last start and the deadline, as the calendar counts them."""
    if clock.state != ClockState.RUNNING or clock.resumed_at is None or clock.due_at is None:
        return []
    hours = within_reach(working_time(target.calendar), clock.started_at, rule_from(target))
    left = hours.between(clock.resumed_at, clock.due_at)
    return lines_of(explain(hours, clock.resumed_at, left)) if left >= timedelta() else []


def _outcome(clock: Clock, zone: str) -> str:
    if clock.state == ClockState.PAUSED:
        left = clock.length_seconds - clock.spent_seconds
        if left < 0:
            return _("It stands still, %(time)s over its time.") % {"time": length_text(timedelta(seconds=-left))}
        return _("It stands still with %(time)s left.") % {"time": length_text(timedelta(seconds=left))}
    if clock.state == ClockState.RUNNING and clock.due_at is not None:
        left = clock.length_seconds - clock.spent_seconds
        words = {"due": moment_text(clock.due_at, zone), "time": length_text(timedelta(seconds=abs(left)))}
        if left >= 0:
            return _("%(time)s were left when it last started, so it is due %(due)s.") % words
        if clock.due_at <= clock.started_at:
            return (
                _(
                    "%(time)s more than it allows had been used when it last started; no deadline lies before its clock’s start, "
                    "so it was due then, %(due)s."
                )
                % words
            )
        return _("%(time)s more than it allows had been used when it last started, so it was due %(due)s.") % words
    return ""


# --- The ledger ------------------------------------------------------------------------------------------------------
def _sentence(line: ClockEvent, zone: str) -> str:
    """One line of the ledger; empty for lines that another one says better."""
    words = {"at": moment_text(line.at, zone), **_words(line.data, zone)}
    kind, data = line.kind, line.data
    if kind == ClockEventKind.STARTED:
        started = _moment(data.get("row", {}).get("started_at"), zone)
        return _("%(at)s: started, counted from %(since)s.") % {**words, "since": started or words["at"]}
    if kind == ClockEventKind.PAUSED:
        return _("%(at)s: stood still (%(reason)s) with %(left)s left.") % words
    if kind == ClockEventKind.RESUMED:
        return _("%(at)s: went on with %(left)s left.") % words
    if kind == ClockEventKind.RECOMPUTED:
        return _("%(at)s: computed anew, because %(why)s: due %(new)s instead of %(old)s.") % words
    if kind == ClockEventKind.WARNED:
        return _("%(at)s: %(share)s %% of the time had passed; people were warned.") % words
    if kind == ClockEventKind.BREACHED:
        return _("%(due)s: the time was over.") % words
    if kind == ClockEventKind.ESCALATED:
        return _("%(at)s: raised %(moment)s.") % {**words, "moment": rung_said(str(data.get("step", "")))}
    if kind == ClockEventKind.MET:
        return (_("%(at)s: met in time.") if data.get("in_time") else _("%(at)s: met, after its time.")) % words
    if kind == ClockEventKind.CANCELLED:
        return _("%(at)s: ended, because %(ended)s.") % words
    return ""


def _words(data: dict[str, Any], zone: str) -> dict[str, Any]:
    due: Any = data.get("due")
    old, new = due if isinstance(due, list) else (None, due)
    reason = str(data.get("reason", ""))
    return {
        "reason": _PAUSED_BECAUSE.get(reason, reason),
        "left": length_text(timedelta(seconds=abs(int(data.get("remaining") or 0)))),
        "why": _RECOMPUTED_BECAUSE.get(str(data.get("why")), _RECOMPUTED_BECAUSE["policy"]),
        "ended": _ENDED_BECAUSE.get(reason, _ENDED_BECAUSE["not_needed"]),
        "old": _moment(old, zone) or "–",
        "new": _moment(new, zone) or "–",
        "due": _moment(new, zone),
        "share": str(data.get("step", "")).removeprefix("warn-"),
    }


def _moment(text: Any, zone: str) -> str:
    moment: datetime | None = parse_datetime(text) if isinstance(text, str) else None
    return moment_text(moment, zone) if moment else ""


def why_this_policy(facts: Any, policies: Sequence[Any]) -> list[tuple[str, list[str]]]:
    """Each policy in its order with the conditions that the ticket does not meet, up to the one that applies (none failing)."""
    told: list[tuple[str, list[str]]] = []
    for policy in policies:
        if policy.is_beside:
            continue
        failing = policy.failing(facts)
        told.append((policy.name, failing))
        if not failing:
            break
    return told
