"""What the policies of this moment mean for one ticket: which applies and why the earlier ones do not, what is due when,
with the arithmetic, and what each step of the ladders would do. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.calendars.errors import NoWorkingHours, OutOfReach
from helpdesk.core.calendars.explaining import explain
from helpdesk.core.calendars.words import Line, lines_of, moment_text
from helpdesk.core.models import BusinessCalendar
from helpdesk.core.registries import actions
from tickets.models import Ticket
from tickets.sla.book import CONDITIONS, Book, CompiledPolicy, open_book
from tickets.sla.calc import BREACH, Rule, Rung, due_of, length_of, moments, within_reach
from tickets.sla.explaining import explain_clock
from tickets.sla.facts import facts_of
from tickets.sla.metrics import Facts, metrics
from tickets.sla.models import OPEN, Clock
from tickets.sla.selectors import unpaused_spans
from tickets.sla.services.clocks import rungs_of
from tickets.sla.words import CONDITION_LABELS, Labels, length_said, metric_name, moment_said

# Lines of arithmetic; a long deadline has one for each block of each day.
MOST_LINES = 24


@dataclass(frozen=True)
class Failing:
    """A condition that the ticket does not meet: what it asks for, and what the ticket is."""

    label: str
    wanted: str
    found: str


@dataclass(frozen=True)
class Looked:
    """A policy that was looked at, in its order; the one without failing conditions applies."""

    id: int
    name: str
    failing: list[Failing]


@dataclass
class Step:
    """A rung: when it comes, whether it is past, and what it would do now."""

    moment: str
    at: datetime | None
    is_past: bool
    does: list[str]


@dataclass
class Promise:
    """One target of the policy on this ticket."""

    metric: str
    length: str
    calendar: str
    state: str
    due_at: datetime | None = None
    due: str = ""
    lines: list[Line] = field(default_factory=list)
    more_lines: int = 0
    history: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


@dataclass
class Outcome:
    """The whole answer. `policy` is the last that was looked at, if it applies."""

    ticket: Ticket
    looked: list[Looked]
    policy: Looked | None
    promises: list[Promise]


def dry_run(ticket: Ticket) -> Outcome:
    """The policies as they are now, tried on this ticket."""
    book, facts, labels = open_book(), facts_of([ticket.pk])[ticket.pk], Labels()
    looked: list[Looked] = []
    for policy in book.policies:
        failing = [_failing(policy, name, facts, labels) for name in policy.failing(facts)]
        looked.append(Looked(policy.id, policy.label, failing))
        if not failing:
            return Outcome(ticket, looked, looked[-1], _promises(ticket, policy, facts, book))
    return Outcome(ticket, looked, None, [])


def _failing(policy: CompiledPolicy, name: str, facts: Facts, labels: Labels) -> Failing:
    wanted = sorted(policy.conditions[name], key=str)
    found = getattr(facts, CONDITIONS[name])
    return Failing(str(CONDITION_LABELS[name]), labels.of(name, wanted), labels.of(name, [found]))


def _promises(ticket: Ticket, policy: CompiledPolicy, facts: Facts, book: Book) -> list[Promise]:
    clocks: dict[str, Clock] = {
        found.metric: found for found in Clock.objects.filter(OPEN, ticket_id=ticket.pk, subject_kind="ticket")
    }
    calendars = {row.pk: row for row in BusinessCalendar.objects.all()}
    found = []
    for metric in metrics.values():
        rule = policy.rule_for(metric.key, facts)
        if rule is None:
            continue
        promise = Promise(
            metric_name(metric.key),
            length_said(rule.seconds, rule.working_days),
            calendars[rule.calendar_id].label,
            _("Nothing of the kind is owed now."),
        )
        found.append(promise)
        reading = next((reading for reading in metric.read(facts) if reading.is_open), None)
        if reading is None:
            continue
        zone = calendars[rule.calendar_id].timezone
        known = clocks.get(metric.key)
        stands_still = metric.pauses and facts.status_category in policy.pauses
        if known is not None and known.target_id == rule.id:
            _tell_clock(promise, known, rule, book, zone)
        elif stands_still:
            promise.state = _("It would stand still: the ticket waits.")
        else:
            _reckon(promise, ticket, rule, book, reading.since, zone, pauses=policy.pauses if metric.pauses else None)
        _add_steps(promise, ticket, rule)
    return found


def _tell_clock(promise: Promise, running: Clock, rule: Rule, book: Book, zone: str) -> None:
    """A clock that runs by this very target: its own account of itself."""
    told = explain_clock(running)
    promise.state = told.outcome
    promise.lines, promise.more_lines = told.arithmetic[:MOST_LINES], len(told.arithmetic[MOST_LINES:])
    promise.history, promise.due_at = told.history, running.due_at
    if running.due_at is None or running.resumed_at is None:
        return
    promise.due = moment_text(running.due_at, zone)
    hours = within_reach(book.hours(rule.calendar_id), running.started_at, rule)
    promise.steps = _steps(rungs_of(running, rule, hours))


def _reckon(
    promise: Promise, ticket: Ticket, rule: Rule, book: Book, since: datetime, zone: str, *, pauses: Any
) -> None:
    """What a clock by this target would say if it were made now."""
    hours = within_reach(book.hours(rule.calendar_id), since, rule)
    now, spent, start = clock.now(), 0, since
    if pauses is not None and since < now:
        *closed, last = unpaused_spans(ticket.pk, since, now, pauses)
        spent = sum(int(hours.between(first, second).total_seconds()) for first, second in closed)
        start = last[0]
    length = length_of(hours, rule, since)
    due = due_of(hours, since, start, length - spent, ends_at_closing=rule.ends_at_closing)
    promise.due_at, promise.due = due, moment_text(due, zone)
    promise.state = _("Counted from %(since)s.") % {"since": moment_text(since, zone)}
    try:
        lines = lines_of(explain(hours, start, max(timedelta(), hours.between(start, due))))
    except (OutOfReach, NoWorkingHours):  # pragma: no cover - within_reach has seen to it
        lines = []
    promise.lines, promise.more_lines = lines[:MOST_LINES], len(lines[MOST_LINES:])
    promise.steps = _steps(moments(hours, rule.ladder, started_at=since, resumed_at=start, spent=spent, due_at=due))


def _steps(rungs: list[tuple[datetime, Rung]]) -> list[Step]:
    now = clock.now()
    return [Step(moment_said(rung.share, rung.after_seconds), at, at <= now, []) for at, rung in rungs]


def _add_steps(promise: Promise, ticket: Ticket, rule: Rule) -> None:
    """What each rung would do to this ticket now, in the words of the actions themselves."""
    if not promise.steps:
        promise.steps = [Step(moment_said(rung.share, rung.after_seconds), None, False, []) for rung in rule.ladder]
    for step, rung in zip(promise.steps, rule.ladder, strict=True):
        step.does = [_would(ticket, rule, dict(action)) for action in rung.actions] or [_plain(rung)]


def _plain(rung: Rung) -> str:
    if rung.key == BREACH:
        return _("The breach goes on record; the owner and the lead hear of it.")
    return _("The owner is warned.")


def _would(ticket: Ticket, rule: Rule, arguments: dict[str, Any]) -> str:
    name = arguments.pop("do")
    if name not in actions:
        return _("This action is not known any more: %(name)s.") % {"name": name}
    return str(actions.get(name).dry_run(ticket.pk, arguments, version_id=rule.version_id))
