"""What is measured: the open registry of metrics, and the facts of a ticket that they read.

A metric says from the facts alone whether it should be open, since when, and when it was met. So a verb, a recomputation
and the check for missing clocks all ask the same question, and a clock that got lost can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import pgettext_lazy

from helpdesk.core.models import ChannelKind
from helpdesk.core.registries import Registry
from tickets.deadlines import chip_words
from tickets.models import FINISHED, Holder

# Channels on which somebody is there and waits.
LIVE = (ChannelKind.PHONE, ChannelKind.CHAT)
_Known = TypeVar("_Known")


@dataclass(frozen=True)
class Facts:
    """A ticket as policies and metrics see it. Answers are public, released and not automatic; `first_answer_at` and
    `last_answer_at` are a person's, and forwards to outside parties do not count.

    `waiting_since`: the customer's first message that no person has answered; `bot_waiting_since` that nobody has.
    `queued_at`, `picked_up_at`: since when it waits in a queue, and when an agent last took it from there.
    `transferred_at`: when it last went to another team, or was given to one as a sub-ticket; `taken_over_at`: the first
    act of somebody there since then.
    `taken_up_at`: the first act of a person of the staff (an answer, a note, a new status, taking the ticket).
    """

    ticket_id: int
    kind: str
    grade: str
    priority: str
    status_category: str
    holder: str
    team_id: int
    channel_kind: str
    account_id: int
    account_grade: str
    level: str
    created_at: datetime
    is_spam: bool = False
    is_merged: bool = False
    first_answer_at: datetime | None = None
    last_answer_at: datetime | None = None
    bot_answered_at: datetime | None = None
    waiting_since: datetime | None = None
    bot_waiting_since: datetime | None = None
    taken_up_at: datetime | None = None
    handed_over_at: datetime | None = None
    reopened_at: datetime | None = None
    is_reopened_by_customer: bool = False
    finished_at: datetime | None = None
    owner_id: int | None = None
    queued_at: datetime | None = None
    picked_up_at: datetime | None = None
    transferred_at: datetime | None = None
    taken_over_at: datetime | None = None
    is_sub: bool = False
    _known: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, name: str, ask: Callable[[int], _Known]) -> _Known:
        """What `ask(ticket_id)` finds, asked once for all metrics of a room that read the same rows."""
        if name not in self._known:
            self._known[name] = ask(self.ticket_id)
        found: _Known = self._known[name]
        return found

    @property
    def is_unfinished(self) -> bool:
        return self.status_category not in FINISHED and not self.is_spam and not self.is_merged

    @property
    def is_with_people(self) -> bool:
        """Unfinished, and no bot holds it."""
        return self.is_unfinished and self.holder != Holder.BOT

    @property
    def with_people_since(self) -> datetime:
        """Since when people have it in this round: opened, handed over by the bot, or opened again."""
        return latest(self.created_at, self.handed_over_at, self.reopened_at)

    @property
    def asked_since(self) -> datetime:
        """Since when people owe an answer: what was asked before a solving counts anew when the customer comes back."""
        reopened = self.reopened_at if self.is_reopened_by_customer else None
        return latest(self.created_at, self.waiting_since, self.handed_over_at, reopened)


def latest(first: datetime, *others: datetime | None) -> datetime:
    """The latest of the moments that there are."""
    return max([first, *(moment for moment in others if moment is not None)])


@dataclass(frozen=True)
class Reading:
    """What a metric reads from the facts: whether a clock should be open, since when, and when it was last met.

    `waits`: the stretches in which the record itself waits for something that nobody here can hurry (a part), in their order
    and apart from each other; one without an end goes on, and the clock stands still. `due_at` is a deadline that is given
    from outside (a regulator's letter), which counts instead of the target's time.
    """

    is_open: bool
    since: datetime
    met_at: datetime | None = None
    subject_kind: str = "ticket"
    subject_id: int | None = None
    waits: tuple[tuple[datetime, datetime | None], ...] = ()
    due_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return bool(self.waits) and self.waits[-1][1] is None


@dataclass(frozen=True)
class Metric:
    """One kind of promise. `word` is what a chip says instead of the label. `pauses`: it stands still in the policy's pause
    categories; `repeats`: when met it starts its next round; `carries`: a new clock goes on with the time that the last one
    of the ticket had used; `is_made_once`: no answer, question or move makes it anew; `moved_by`: the nouns of a higher room's
    events (`claim` of `claim.moved`) that can move it; `is_given`: people promise each of its deadlines by hand, so it runs
    whatever policy applies to the ticket (`Book.applying`)."""

    key: str
    label: Any
    read: Callable[[Facts], list[Reading]]
    pauses: bool = False
    repeats: bool = False
    carries: Callable[[Facts], bool] = lambda facts: False
    word: Any = ""
    is_made_once: bool = False
    moved_by: tuple[str, ...] = ()
    is_given: bool = False


metrics: Registry[Metric] = Registry("metric")
# The nouns of events that move the clocks of some metric.
moving_nouns: set[str] = set()


def _first_response(facts: Facts) -> list[Reading]:
    """From the customer's first message (or the bot's hand-over) to a person's first public answer."""
    waiting = facts.waiting_since
    is_open = facts.is_with_people and waiting is not None and facts.first_answer_at is None
    return [Reading(is_open, facts.asked_since, facts.first_answer_at)]


def _next_response(facts: Facts) -> list[Reading]:
    """From the customer's first unanswered further message to a person's public answer."""
    waiting = facts.waiting_since
    is_open = facts.is_with_people and waiting is not None and facts.first_answer_at is not None
    return [Reading(is_open, facts.asked_since, facts.last_answer_at)]


def _periodic_update(facts: Facts) -> list[Reading]:
    """From each public answer to the next, as long as the ticket is not finished."""
    last = facts.last_answer_at
    since = latest(facts.created_at, last, facts.handed_over_at, facts.reopened_at)
    return [Reading(facts.is_with_people and last is not None, since, last)]


def _intervention(facts: Facts) -> list[Reading]:
    """From the opening to the first act of a person of the staff."""
    return [Reading(facts.is_with_people and facts.taken_up_at is None, facts.with_people_since, facts.taken_up_at)]


def _resolution(facts: Facts) -> list[Reading]:
    """From the opening (or re-opening) to the solving."""
    met = None if facts.is_spam or facts.is_merged else facts.finished_at
    return [Reading(facts.is_with_people, facts.with_people_since, met)]


def _bot_response(facts: Facts) -> list[Reading]:
    """From the customer's message to the bot's answer, while the bot holds the conversation."""
    waiting = facts.bot_waiting_since
    is_open = facts.is_unfinished and facts.holder == Holder.BOT and waiting is not None
    return [Reading(is_open, latest(facts.created_at, waiting, facts.reopened_at), facts.bot_answered_at)]


def _speed_of_answer(facts: Facts) -> list[Reading]:
    """Calls and chats: from the moment at which the contact waits in a queue until a person takes or answers it."""
    since = latest(facts.created_at, facts.queued_at, facts.reopened_at)
    answered = [moment for moment in (facts.picked_up_at, facts.last_answer_at) if moment is not None]
    met = max(answered, default=None)
    waits = facts.is_unfinished and facts.holder == Holder.QUEUE and facts.channel_kind in LIVE and not facts.is_sub
    return [Reading(waits and (met is None or met < since), since, met)]


def _handover(facts: Facts) -> list[Reading]:
    """From a move to another team until somebody there takes it up, or moves it on."""
    since = facts.transferred_at
    if since is None:
        return [Reading(False, facts.created_at)]
    is_open = facts.is_with_people and facts.taken_over_at is None
    return [Reading(is_open, since, since if is_open else facts.taken_over_at)]


def _reopened_by_us(facts: Facts) -> bool:
    """Solving by mistake gives nobody new time; a customer who comes back does."""
    return facts.reopened_at is not None and not facts.is_reopened_by_customer


_REPLY = pgettext_lazy("clock chip", "Reply")
SHIPPED = (
    Metric(
        "first_response",
        pgettext_lazy("metric", "First response"),
        _first_response,
        word=_REPLY,
        is_made_once=True,
    ),
    Metric("next_response", pgettext_lazy("metric", "Next response"), _next_response, word=_REPLY),
    Metric(
        "periodic_update",
        pgettext_lazy("metric", "Periodic update"),
        _periodic_update,
        pauses=True,
        repeats=True,
        word=pgettext_lazy("clock chip", "Update"),
    ),
    Metric(
        "intervention",
        pgettext_lazy("metric", "Intervention"),
        _intervention,
        word=pgettext_lazy("clock chip", "Take up"),
        is_made_once=True,
    ),
    Metric(
        "resolution",
        pgettext_lazy("metric", "Resolution"),
        _resolution,
        pauses=True,
        carries=_reopened_by_us,
        word=pgettext_lazy("clock chip", "Solve"),
        is_made_once=True,
    ),
    Metric(
        "speed_of_answer",
        pgettext_lazy("metric", "Speed of answer"),
        _speed_of_answer,
        word=pgettext_lazy("clock chip", "Answer"),
    ),
    Metric(
        "handover",
        pgettext_lazy("metric", "Hand-over between teams"),
        _handover,
        word=pgettext_lazy("clock chip", "Hand-over"),
    ),
    Metric(
        "bot_response", pgettext_lazy("metric", "Bot's answer"), _bot_response, word=pgettext_lazy("clock chip", "Bot")
    ),
)


def add_metric(metric: Metric) -> None:
    """Register a promise, and what its chip says."""
    metrics.add(metric.key, metric)
    moving_nouns.update(metric.moved_by)
    chip_words.add(metric.key, metric.word or metric.label)


for _metric in SHIPPED:
    add_metric(_metric)
