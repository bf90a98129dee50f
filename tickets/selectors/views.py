"""The views of the desk: standard ones, one or two for each team, and those that people saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Notification, Staff, Team
from helpdesk.core import clock
from helpdesk.core.compiled import Compiled
from helpdesk.core.errors import NotFound
from tickets.counting import Bucket
from tickets.models import UNFINISHED, SavedView, StatusCategory, Ticket, Watcher
from tickets.models.ticket import DUE_ORDER
from tickets.querysets import TicketQuerySet
from tickets.selectors.filters import SOON, Filters, from_json

# With more teams than this, each team is one line instead of a group of its own.
MOST_TEAM_GROUPS = 3
Counted = Callable[[Bucket, Staff], bool]


@dataclass(frozen=True)
class DeskView:
    """One named list of tickets. `rows` gives its tickets for a person; `counts` says which counters add up to its size
    (None: it is counted on demand, up to 1,000)."""

    key: str
    label: Any
    icon: str
    rows: Callable[[Staff], TicketQuerySet]
    counts: Counted | None = None
    look: str = ""
    is_counted: bool = True
    filters: Filters = field(default_factory=Filters)
    saved: SavedView | None = None
    is_finished: bool = False
    # the order in which it opens, where that is not by activity
    sort: str = ""


def _desk(staff: Staff) -> TicketQuerySet:
    """Unfinished, not spam, not snoozed, in the person's queues."""
    return Ticket.objects.in_queues_of(staff).on_desk().filter(snoozed_until__isnull=True)


def _open(bucket: Bucket) -> bool:
    return bucket.status_category in UNFINISHED and not bucket.is_spam and not bucket.is_snoozed


def _category(category: str) -> tuple[Callable[[Staff], TicketQuerySet], Counted]:
    return (
        lambda staff: _desk(staff).filter(status_category=category),
        lambda bucket, staff: _open(bucket) and bucket.status_category == category,
    )


def _mine(staff: Staff) -> TicketQuerySet:
    return Ticket.objects.filter(owner_id=staff.pk).on_desk().filter(snoozed_until__isnull=True)


def _finished(category: str) -> Callable[[Staff], TicketQuerySet]:
    return lambda staff: Ticket.objects.in_queues_of(staff).filter(status_category=category, is_spam=False)


def _mentioned(staff: Staff) -> TicketQuerySet:
    """Tickets on which colleagues called this person, as far as they are unfinished."""
    told = Notification.objects.filter(staff_id=staff.pk, kind="mentioned").values("ticket_id")
    return Ticket.objects.visible_to(staff).on_desk().filter(pk__in=told)


def _watched(staff: Staff) -> TicketQuerySet:
    watched = Watcher.objects.filter(staff_id=staff.pk).values("ticket_id")
    return Ticket.objects.filter(pk__in=watched).on_desk()


def _overdue(staff: Staff) -> TicketQuerySet:
    return _with_deadline(staff).filter(due_order__lte=clock.now())  # type: ignore[misc]


def _due_soon(staff: Staff) -> TicketQuerySet:
    now = clock.now()
    return _with_deadline(staff).filter(due_order__gt=now, due_order__lte=now + SOON)  # type: ignore[misc]


def _with_deadline(staff: Staff) -> TicketQuerySet:
    return _desk(staff).annotate(due_order=DUE_ORDER)


STANDARD = [
    DeskView(
        "mine", _("My open"), "my-open", _mine, lambda bucket, staff: _open(bucket) and bucket.owner_id == staff.pk
    ),
    DeskView(
        "unassigned",
        _("Unassigned"),
        "inbox",
        lambda staff: _desk(staff).unassigned(),
        lambda bucket, staff: _open(bucket) and bucket.owner_id is None,
    ),
    DeskView("open", _("All open"), "all-open", _desk, lambda bucket, staff: _open(bucket)),
    DeskView("overdue", _("Overdue"), "breached", _overdue, look="bad", sort="due"),
    DeskView("due_soon", _("Due soon"), "due-soon", _due_soon, look="warn", sort="due"),
    DeskView("new", _("New"), "status-new", *_category(StatusCategory.NEW)),
    DeskView("pending", _("Waiting for customer"), "waiting", *_category(StatusCategory.PENDING)),
    DeskView("on_hold", _("On hold"), "status-hold", *_category(StatusCategory.ON_HOLD)),
    DeskView(
        "snoozed",
        _("Snoozed"),
        "snooze",
        lambda staff: Ticket.objects.in_queues_of(staff).on_desk().filter(snoozed_until__isnull=False),
        lambda bucket, staff: bucket.is_snoozed and not bucket.is_spam and bucket.status_category in UNFINISHED,
    ),
    DeskView("mentions", _("Mentions"), "mention", _mentioned),
    DeskView("watched", _("Watched"), "watch", _watched),
]
HISTORY = [
    DeskView("solved", _("Solved"), "status-tick", _finished(StatusCategory.SOLVED), is_finished=True),
    DeskView(
        "closed",
        _("Closed"),
        "status-dash",
        _finished(StatusCategory.CLOSED),
        is_counted=False,
        is_finished=True,
    ),
    DeskView(
        "spam",
        _("Spam"),
        "spam",
        lambda staff: Ticket.objects.in_queues_of(staff).filter(
            is_spam=True, status_category__in=[str(category) for category in UNFINISHED]
        ),
        lambda bucket, staff: bucket.is_spam,
    ),
]
_BY_KEY = {view.key: view for view in [*STANDARD, *HISTORY]}
DEFAULT = "open"


def _team_view(team: Team, *, unassigned: bool = False, label: Any = None) -> DeskView:
    pk = team.pk

    def rows(staff: Staff) -> TicketQuerySet:
        found = Ticket.objects.filter(team_id=pk).on_desk().filter(snoozed_until__isnull=True)
        return found.unassigned() if unassigned else found

    def counts(bucket: Bucket, staff: Staff) -> bool:
        return _open(bucket) and bucket.team_id == pk and (bucket.owner_id is None or not unassigned)

    key = f"team-{pk}-unassigned" if unassigned else f"team-{pk}"
    return DeskView(key, label or team.label, "inbox" if unassigned else "users", rows, counts)


def saved_view(view: SavedView) -> DeskView:
    """A saved view over what its reader may see; without a status in its filters it is about unfinished tickets."""
    filters = from_json(view.filters)

    def rows(staff: Staff) -> TicketQuerySet:
        found = Ticket.objects.visible_to(staff)
        if filters.status:
            return found.filter(is_spam=False)
        return found.on_desk().filter(snoozed_until__isnull=True)

    return DeskView(f"saved-{view.pk}", view.label, "bookmark", rows, filters=filters, saved=view)


@dataclass(frozen=True)
class ViewGroup:
    """A heading of the views column and what stands under it."""

    label: Any
    views: list[DeskView]


def teams_of(staff: Staff) -> list[Team]:
    """The active teams whose queues the person sees, in their order."""
    return [team for team in _active_teams() if staff.sees_all_tickets or team.pk in staff.team_ids]


def saved_views_of(staff: Staff) -> list[SavedView]:
    """Views that the person made, those of their teams and those for everybody."""
    return [view for view in _views_to_choose(staff.pk) if view.owner_id == staff.pk or _is_for(view, staff)]


def _is_for(view: SavedView, staff: Staff) -> bool:
    return view.team_id in staff.team_ids if view.team_id is not None else view.owner_id is None


_active_teams: Compiled[Team] = Compiled(lambda: Team.objects.filter(is_active=True))
_views_to_choose: Compiled[SavedView] = Compiled(
    lambda staff_id: SavedView.objects.filter(Q(owner_id=staff_id) | Q(owner__isnull=True) | Q(team__isnull=False)),
    int,
)


def groups_for(staff: Staff) -> list[ViewGroup]:
    """Everything in the person's views column, at the cost of two queries (teams, saved views)."""
    teams, saved = teams_of(staff), saved_views_of(staff)
    groups = [ViewGroup("", STANDARD)]
    if len(teams) <= MOST_TEAM_GROUPS and not staff.sees_all_tickets:
        for team in teams:
            views = [_team_view(team, label=_("All open")), _team_view(team, unassigned=True, label=_("Unassigned"))]
            groups.append(ViewGroup(team.label, views))
    elif teams:
        groups.append(ViewGroup(gettext("Teams"), [_team_view(team) for team in teams]))
    if saved:
        groups.append(ViewGroup(gettext("Saved"), [saved_view(view) for view in saved]))
    groups.append(ViewGroup(gettext("Finished"), HISTORY))
    return groups


def find_view(key: str, staff: Staff) -> DeskView:
    """The view with this key if the person may open it; `NotFound` otherwise."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    kind, _dash, rest = key.partition("-")
    number, _dash, tail = rest.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound
    if kind == "saved" and not tail:
        view = next((view for view in saved_views_of(staff) if view.pk == int(number)), None)
        if view is not None:
            return saved_view(view)
    if kind == "team" and tail in {"", "unassigned"}:
        team = next((team for team in teams_of(staff) if team.pk == int(number)), None)
        if team is not None:
            label = f"{team.label}: {gettext('Unassigned')}" if tail else team.label
            return _team_view(team, unassigned=bool(tail), label=label)
    raise NotFound
