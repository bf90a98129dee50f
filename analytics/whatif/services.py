"""The verbs of what-ifs: start one, work a batch of it in the background, cancel it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models import WhatIf, WhatIfState, WhatIfTicket
from analytics.whatif.counting import NOW, THEN, Tally, compare_with_record, differences
from analytics.whatif.scenario import COMPARED, IN_FORCE, Scenario, books_compared, books_then, check, staffed_hours
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_day, start_of_day
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import ChannelKind, Job
from tickets.models import Ticket
from tickets.sla.models import Breach, BreachCause
from tickets.sla.replay.books import first_uses
from tickets.sla.replay.loading import pasts_of
from tickets.sla.replay.running import Run
from tickets.sla.replay.staffing import with_staffing
from tickets.sla.replay.timeline import Past, steps_of

JOB = "analytics.what_if"
BATCH = 250
MOST_DAYS = 366
MOST_RUNNING = 3
KEEP = timedelta(days=90)


@transaction.atomic
def start_what_if(
    scenario: Scenario,
    *,
    since: date,
    until: date,
    teams: Sequence[int] = (),
    channels: Sequence[str] = (),
    compared_with: str = IN_FORCE,
    by: Actor,
) -> WhatIf:
    """Begin a replay in the background. Who may not see all teams replays their own only."""
    staff = by.staff
    if staff is None or not staff.can(ANALYTICS_VIEW):
        raise Forbidden
    _check_days(since, until)
    bounds = None if staff.sees_all_tickets else sorted(staff.team_ids)
    if WhatIf.objects.filter(staff=staff, state=WhatIfState.RUNNING).count() >= MOST_RUNNING:
        words = _("You have %(most)d replays running. Wait for one to finish, or cancel it.") % {"most": MOST_RUNNING}
        raise Invalid(words, fields={"__all__": words})
    what_if = WhatIf(
        staff=staff,
        since=since,
        until=until,
        teams=_known_teams(teams, bounds),
        bounds=bounds,
        channels=_known_channels(channels),
        compared_with=compared_with if compared_with in COMPARED else IN_FORCE,
        alternative=check(scenario).as_json(),
    )
    what_if.total = tickets_of(what_if).count()
    what_if.save()
    enqueue(JOB, queue="bulk", order_key=f"what-if:{what_if.pk}", what_if=what_if.pk)
    return what_if


def _check_days(since: date, until: date) -> None:
    if until < since:
        raise Invalid(fields={"until": _("The last day comes before the first.")})
    if (until - since).days >= MOST_DAYS:
        raise Invalid(fields={"since": _("Choose at most a year.")})
    if since > company_day(timezone.now()):
        raise Invalid(fields={"since": _("The future cannot be replayed. Choose days that have passed.")})


def _known_teams(teams: Sequence[int], bounds: Sequence[int] | None) -> list[int]:
    wanted = set(teams)
    known = set(Team.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted != known or (bounds is not None and not wanted <= set(bounds)):
        raise Invalid(fields={"teams": _("Choose from the list.")})
    return sorted(wanted)


def _known_channels(channels: Sequence[str]) -> list[str]:
    if not set(channels) <= set(ChannelKind.values):
        raise Invalid(fields={"channels": _("Choose from the list.")})
    return sorted(set(channels))


def tickets_of(what_if: WhatIf) -> QuerySet[Ticket]:
    """The tickets that a what-if replays."""
    rows = Ticket.objects.filter(
        created_at__gte=start_of_day(what_if.since), created_at__lt=start_of_day(what_if.until + timedelta(days=1))
    )
    if what_if.teams:
        rows = rows.filter(team_id__in=what_if.teams)
    if what_if.bounds is not None:
        rows = rows.filter(team_id__in=what_if.bounds)
    return rows.filter(channel_kind__in=what_if.channels) if what_if.channels else rows


@transaction.atomic
def cancel_what_if(pk: int, *, by: Actor) -> WhatIf:
    """Stop a replay; what was counted until then stays. No-op when it has ended."""
    what_if = WhatIf.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if what_if is None or by.staff is None or not may_open(by.staff, what_if):
        raise NotFound
    if what_if.state == WhatIfState.RUNNING:
        what_if.state, what_if.finished_at = WhatIfState.CANCELLED, timezone.now()
        what_if.save(update_fields=["state", "finished_at"])
    return what_if


def may_open(staff: Staff, what_if: WhatIf) -> bool:
    """One's own, as long as one may see its teams still; those who see all see all."""
    if not staff.can(ANALYTICS_VIEW):
        return False
    if staff.sees_all_tickets:
        return True
    return what_if.staff_id == staff.pk and what_if.bounds is not None and set(what_if.bounds) <= set(staff.team_ids)


def work_batch(job: Job) -> dict[str, Any]:
    """Replay the next tickets and queue the batch after, in one transaction: a kill loses nothing and repeats nothing."""
    what_if = WhatIf.objects.select_for_update(no_key=True).filter(pk=job.args["what_if"]).first()
    if what_if is None or what_if.state != WhatIfState.RUNNING:
        return {"stopped": True}
    ids = list(tickets_of(what_if).filter(pk__gt=what_if.after).order_by("pk").values_list("pk", flat=True)[:BATCH])
    tally = Tally.from_json(what_if.figures)
    uses = job.args.get("uses")
    if uses is None:
        uses = {pk: at.isoformat() for pk, at in first_uses().items()} if what_if.compared_with == IN_FORCE else {}
    replay_batch(what_if, ids, tally, {int(pk): datetime.fromisoformat(at) for pk, at in uses.items()})
    what_if.figures, what_if.done = tally.as_json(), what_if.done + len(ids)
    what_if.total = max(what_if.total, what_if.done)
    if ids:
        what_if.after = ids[-1]
    if len(ids) == BATCH:
        enqueue(JOB, queue="bulk", order_key=f"what-if:{what_if.pk}", what_if=what_if.pk, uses=uses)
    else:
        what_if.state, what_if.finished_at, what_if.total = WhatIfState.DONE, timezone.now(), what_if.done
    what_if.save(update_fields=["figures", "done", "total", "after", "state", "finished_at"])
    return {"done": what_if.done, "of": what_if.total}


def replay_batch(what_if: WhatIf, ids: Sequence[int], tally: Tally, uses: Mapping[int, datetime] | None = None) -> None:
    """Both sides of these tickets, counted into the tally; the tickets that differ are kept."""
    scenario = Scenario.from_json(what_if.alternative)
    before, after, staffed = books_compared(what_if.compared_with, uses), books_then(scenario), staffed_hours(scenario)
    pasts = pasts_of(ids, what_if.as_of)
    recorded = recorded_breaches(ids, what_if.as_of) if what_if.compared_with == IN_FORCE else {}
    rows = []
    for past in pasts:
        steps = steps_of(past)
        now = Run(past, before, steps).until(what_if.as_of)
        other: Past = past if staffed is None else with_staffing(past, staffed)
        then = Run(other, after, steps if other is past else None).until(what_if.as_of)
        tally.add(now, before, NOW)
        tally.add(then, after, THEN)
        if what_if.compared_with == IN_FORCE:
            compare_with_record(tally, now, recorded.get(past.row.id, Counter()))
        found = differences(now, then)
        for outcome in {one.outcome for one in found}:
            setattr(tally, outcome, getattr(tally, outcome) + 1)
        rows += [WhatIfTicket(what_if=what_if, ticket_id=past.row.id, **vars(one)) for one in found]
    tally.tickets += len(pasts)
    tally.unknown += len(ids) - len(pasts)
    WhatIfTicket.objects.bulk_create(rows, batch_size=500)


def recorded_breaches(ids: Iterable[int], until: datetime) -> dict[int, Counter[tuple[str, datetime]]]:
    """What the real clocks recorded: ticket → (metric, deadline) of each missed deadline that was not moved ahead again."""
    found: dict[int, Counter[tuple[str, datetime]]] = defaultdict(Counter)
    rows = Breach.objects.filter(ticket_id__in=list(ids), due_at__lte=until).exclude(cause=BreachCause.MOVED)
    for ticket_id, metric, due_at in rows.values_list("ticket_id", "metric", "due_at"):
        found[ticket_id][metric, due_at] += 1
    return found


def drop_old() -> int:
    """Housekeeping step: replays of the last quarter are kept."""
    number, _by_model = WhatIf.objects.filter(created_at__lt=timezone.now() - KEEP).delete()
    return number
