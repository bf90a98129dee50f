"""What is promised about claims and visits, each read from rows alone.

A visit is promised on the visit, everything else on the claim, so a ticket with two claims has two clocks of a kind.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import pgettext_lazy

from aftersales.claims.models import ClaimKind
from aftersales.claims.querysets import ENDS
from aftersales.promises.models import Promise
from aftersales.promises.story import Story, Visited, stories
from aftersales.visits.models import VisitState
from tickets.sla.metrics import Facts, Metric, Reading, add_metric, latest

_OBJECTIONS = ("appeal", "dispute")
# Something is on its way to the customer, or the customer knows where to send it.
_DISPATCHED = ("arrange", "ask_goods", "order_dispatch")
_FAULTY = {ClaimKind.REPAIR, ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION}
_MENDED = {ClaimKind.REPAIR, ClaimKind.EXCHANGE}
_MENDING = ("repaired", "finish_visit", "dispatch")
_GIVEN_UP = {"cancelled", "expired"}


def claim_feedback(facts: Facts) -> list[Reading]:
    """From the application to the first thing that the company does about it."""
    found = []
    for story in _of_customers(facts):
        answered = story.first_after(story.opened_at)
        found.append(_of_claim(story, story.is_open and answered is None, story.opened_at, answered))
    return found


def claim_answer(facts: Facts) -> list[Reading]:
    """From an objection ("not solved", or against a rejection) to what the company does about it."""
    found = []
    for story in _of_customers(facts):
        since = story.last(_OBJECTIONS, by_customer=True)
        if since is not None:
            answered = story.first_after(since)
            found.append(_of_claim(story, story.is_open and answered is None, since, answered))
    return found


def dispatch(facts: Facts) -> list[Reading]:
    """From a fault's application until somebody is on the way: an engineer, or the goods to the workshop."""
    found = []
    for story in _of_customers(facts):
        if story.kind not in _FAULTY:
            continue
        moments = [visit.assigned_at for visit in story.visits if visit.assigned_at is not None]
        moved = story.first_after(story.opened_at, _DISPATCHED)
        sent = min([*moments, *([moved] if moved else [])], default=None)
        is_open = story.is_open and sent is None and story.state not in {"rejected", "awaiting_delivery"}
        found.append(_of_claim(story, is_open, story.opened_at, sent))
    return found


def visit_confirmed(facts: Facts) -> list[Reading]:
    """From the wish for a visit, or the loss of its time, until a time stands that the customer agreed to."""
    found = []
    for story, visit in _visits(facts):
        since = latest(visit.asked_at, story.entered("awaiting_visit"))
        is_open = visit.state == VisitState.ASKED
        found.append(_of_visit(visit, is_open, since, None if is_open else visit.confirmed_at))
    return found


def visited(facts: Facts) -> list[Reading]:
    """From the wish for a visit until somebody is there."""
    return [
        _of_visit(visit, visit.is_open and visit.checked_in_at is None, visit.asked_at, visit.checked_in_at)
        for _story, visit in _visits(facts)
    ]


def record_complete(facts: Facts) -> list[Reading]:
    """From the engineer's arrival until the record of the visit is closed with its result."""
    return [
        _of_visit(visit, visit.state == VisitState.CHECKED_IN, visit.checked_in_at, visit.finished_at)
        for _story, visit in _visits(facts)
        if visit.checked_in_at is not None
    ]


def repair(facts: Facts) -> list[Reading]:
    """From the confirmed fault (inspected, or seen on site) until it is mended or the replacement is on its way. Waiting for a
    part stands still; what is quoted is not in warranty and has no such promise."""
    found = []
    for story in _of_customers(facts):
        since = _confirmed(story)
        if story.kind not in _MENDED or since is None:
            continue
        is_quoted = story.last(("quote",)) is not None
        mended = story.first_after(since, _MENDING)
        is_open = story.is_open and mended is None and not is_quoted and story.state not in _NOT_MENDED
        waits = story.spans_in("awaiting_parts")
        found.append(Reading(is_open, since, None if is_quoted else mended, "claim", story.pk, waits))
    return found


# The matter takes another way: money, back as it is, or a rejection.
_NOT_MENDED = {"settling", "settled", "sending_back", "rejected", "submitted"}


def cycle(facts: Facts) -> list[Reading]:
    """From the application to the closed loop."""
    return [
        _of_claim(story, story.is_open, story.opened_at, story.closed_at if story.state not in _GIVEN_UP else None)
        for story in _of_customers(facts)
    ]


def customer_update(facts: Facts) -> list[Reading]:
    """From a promise by hand ("we write to you by …") to a person's next public answer, until the moment that was promised."""
    found = []
    said = facts.last_answer_at
    for pk, made_at, due_at, replaced_at, state in facts.once("promises.made", _promised):
        kept_at = said if said is not None and said > made_at else None
        is_owed = kept_at is None and replaced_at is None and state not in ENDS and not facts.is_spam
        found.append(Reading(is_owed, made_at, kept_at, "promise", pk, due_at=due_at))
    return found


def _promised(ticket_id: int) -> list[tuple[int, datetime, datetime, datetime | None, str]]:
    """The promises about the claims of a ticket; one query."""
    rows = Promise.objects.filter(claim__ticket_id=ticket_id).order_by("pk") if ticket_id else Promise.objects.none()
    return list(rows.values_list("pk", "made_at", "due_at", "replaced_at", "claim__state"))


def _of_customers(facts: Facts) -> list[Story]:
    """Cases of authorities have deadlines of their own; spam promises nothing."""
    return [] if facts.is_spam else [story for story in stories(facts) if story.kind != ClaimKind.CASE]


def _visits(facts: Facts) -> list[tuple[Story, Visited]]:
    return [(story, visit) for story in _of_customers(facts) for visit in story.visits]


def _confirmed(story: Story) -> datetime | None:
    seen = [visit.checked_in_at for visit in story.visits if visit.checked_in_at is not None]
    inspected = story.last(("inspect",))
    return max([*seen[:1], *([inspected] if inspected else [])], default=None)


def _of_claim(story: Story, is_open: bool, since: datetime, met_at: datetime | None) -> Reading:
    return Reading(is_open, since, met_at, "claim", story.pk)


def _of_visit(visit: Visited, is_open: bool, since: datetime, met_at: datetime | None) -> Reading:
    return Reading(is_open, since, met_at, "visit", visit.pk)


_BY = ("claim", "visit")
METRICS = (
    Metric(
        "claim_feedback",
        pgettext_lazy("metric", "Feedback on an application"),
        claim_feedback,
        word=pgettext_lazy("clock chip", "Feedback"),
        is_made_once=True,
        moved_by=_BY,
    ),
    Metric(
        "claim_answer",
        pgettext_lazy("metric", "Answer to an objection"),
        claim_answer,
        word=pgettext_lazy("clock chip", "Objection"),
        moved_by=_BY,
    ),
    Metric(
        "dispatch",
        pgettext_lazy("metric", "Fault dispatched"),
        dispatch,
        word=pgettext_lazy("clock chip", "Dispatch"),
        is_made_once=True,
        moved_by=_BY,
    ),
    Metric(
        "visit_confirmed",
        pgettext_lazy("metric", "Visit confirmed"),
        visit_confirmed,
        word=pgettext_lazy("clock chip", "Arrange"),
        moved_by=_BY,
    ),
    Metric("visit", pgettext_lazy("metric", "Visit"), visited, word=pgettext_lazy("clock chip", "Visit"), moved_by=_BY),
    Metric(
        "record_complete",
        pgettext_lazy("metric", "Service record complete"),
        record_complete,
        word=pgettext_lazy("clock chip", "Record"),
        moved_by=_BY,
    ),
    Metric(
        "repair",
        pgettext_lazy("metric", "Repair or replacement in warranty"),
        repair,
        word=pgettext_lazy("clock chip", "Repair"),
        moved_by=_BY,
    ),
    Metric(
        "cycle",
        pgettext_lazy("metric", "Whole after-sales cycle"),
        cycle,
        word=pgettext_lazy("clock chip", "Cycle"),
        is_made_once=True,
        moved_by=_BY,
    ),
    Metric(
        "customer_update",
        pgettext_lazy("metric", "Promised update"),
        customer_update,
        word=pgettext_lazy("clock chip", "Promise"),
        is_made_once=True,
        moved_by=("claim", "promise"),
        is_given=True,
    ),
)


def register() -> None:
    """Let the engine know of them."""
    for metric in METRICS:
        add_metric(metric)
