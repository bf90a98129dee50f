"""The look: what was claimed in the watched time against what the past leads to expect; what stands out opens an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Sum

from aftersales.claims.models import ClaimLine
from aftersales.incidents.calc import Alarm, Watched, alarms
from aftersales.incidents.models import AlarmRule, DailyClaims, Incident, IncidentState
from aftersales.incidents.notices import tell_leads
from aftersales.incidents.rule import alarm_rule
from aftersales.incidents.services.tying import tie_later
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job
from helpdesk.customers.models import OrderLine

JOB = "incidents.look"
# One look at a time, held to the end of its transaction.
_LOCK = 7160
# (product, lot); None for the whole product
Key = tuple[int, str | None]


def look_due(now: datetime, limit: int) -> int:
    """The alarm's due row in the one-second sweep: hands the look to a worker."""
    due = AlarmRule.objects.filter(pk=1, look_at__lte=now)
    with transaction.atomic():
        if not due.update(look_at=None):
            return 0
        enqueue(JOB)
    return 1


def look(job: Job) -> dict[str, int]:
    """The job: opens what is found; `opened` and `watched` are kept as its result."""
    opened, watched = look_for_incidents()
    return {"opened": len(opened), "watched": watched}


@transaction.atomic
def look_for_incidents(now: datetime | None = None) -> tuple[list[Incident], int]:
    """Open an incident for every product or lot above its usual rate that has none; gives those, and how many were watched."""
    rule = alarm_rule()
    if not rule.is_active:
        return [], 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    now = now or clock.now()
    rows = watched_rows(rule, now)
    found = alarms(rows, false_rate=float(rule.false_rate), least=rule.least)
    return [incident for alarm in narrowest(found) if (incident := _open(alarm, rule, now))], len(rows)


def _key_of(alarm: Alarm) -> Key:
    return cast(Key, alarm.watched.key)


def narrowest(found: Sequence[Alarm]) -> list[Alarm]:
    """Without the alarms of whole products whose claims are those of their lots that alarm anyway."""
    of_lots: dict[int, int] = {}
    for alarm in found:
        product, lot = _key_of(alarm)
        if lot is not None:
            of_lots[product] = of_lots.get(product, 0) + alarm.watched.count
    kept = []
    for alarm in found:
        product, lot = _key_of(alarm)
        explained = of_lots.get(product, 0)
        if lot is not None or 2 * explained < alarm.watched.count:
            kept.append(alarm)
    return kept


@dataclass(frozen=True)
class _Window:
    """The watched time, and the days before it that count as past."""

    start: datetime
    end: datetime
    past_days: int

    @property
    def days(self) -> float:
        return (self.end - self.start).total_seconds() / 86400


def watched_rows(rule: AlarmRule, now: datetime) -> list[Watched]:
    """Every product and every named lot that was ever claimed in the past or now; four queries whatever their number."""
    window = _Window(now - timedelta(hours=rule.window_hours), now, rule.past_days)
    counts = _counts(window, rule.reasons)
    past = _past(window)
    since = _sold_since({product for product, _lot in counts})
    first_day = window.start.astimezone(UTC).date()
    rows = []
    for key in sorted(counts.keys() | past.keys(), key=str):
        days = float(window.past_days)
        if (sold := since.get(key)) is not None:
            days = min(days, max((first_day - sold.astimezone(UTC).date()).days, 0))
        rows.append(Watched(key, counts.get(key, 0), window.days, past.get(key, 0), max(days, window.days)))
    return rows


def _counts(window: _Window, reasons: Sequence[str]) -> dict[Key, int]:
    """Claimed in the window, without what belonged to an incident that has been closed since."""
    lines = ClaimLine.objects.filter(
        claim__opened_at__gte=window.start, claim__opened_at__lte=window.end, claim__reason__in=reasons
    ).exclude(claim__incidents__incident__state=IncidentState.CLOSED)
    found: dict[Key, int] = {}
    for product, lot, number in lines.values_list("product_id", "lot").annotate(n=Count("claim_id", distinct=True)):
        found[product, None] = found.get((product, None), 0) + number
        if lot:
            found[product, lot] = number
    return found


def _past(window: _Window) -> dict[Key, int]:
    end = window.start.astimezone(UTC).date()
    days = DailyClaims.objects.filter(day__lt=end, day__gte=end - timedelta(days=window.past_days))
    found: dict[Key, int] = {}
    for product, lot, number in days.values_list("product_id", "lot").annotate(n=Sum("count")):
        found[product, None] = found.get((product, None), 0) + number
        if lot:
            found[product, lot] = number
    return found


def _sold_since(products: set[int]) -> dict[Key, datetime]:
    """When each product and lot of these was first bought: before that nobody could claim it."""
    lines = OrderLine.objects.filter(product_id__in=products)
    found: dict[Key, datetime] = {}
    for product, lot, first in lines.values_list("product_id", "lot").annotate(first=Min("order__placed_at")):
        if first is None:
            continue
        whole = found.get((product, None))
        found[product, None] = min(first, whole) if whole else first
        if lot:
            found[product, lot] = first
    return found


def _open(alarm: Alarm, rule: AlarmRule, now: datetime) -> Incident | None:
    """A new incident with everything of the window tied to it; None while one is open for the same, or for the product."""
    product, lot = _key_of(alarm)
    there = Incident.objects.filter(product_id=product, lot__in={"", lot or ""}, state=IncidentState.OPEN)
    if there.exists():
        return None
    incident = Incident.objects.create(
        product_id=product,
        lot=lot or "",
        count=alarm.watched.count,
        expected=alarm.watched.expected,
        p=alarm.p,
        limit=alarm.limit,
        window_hours=rule.window_hours,
        past_count=alarm.watched.past_count,
        past_days=alarm.watched.past_exposure,
        opened_at=now,
    )
    event = announce(
        Announcement("incident.opened", "incident", incident.pk, data={"product": product, "lot": lot or ""}), by=SYSTEM
    )
    claims = _claims_of(incident, rule, now)
    for claim in claims:
        tie_later(incident.pk, claim)
    tell_leads(
        incident, event, ClaimLine.objects.filter(claim_id__in=claims).aggregate(last=Max("claim__ticket"))["last"]
    )
    return incident


def _claims_of(incident: Incident, rule: AlarmRule, now: datetime) -> list[int]:
    since = now - timedelta(hours=rule.window_hours)
    lines = ClaimLine.objects.filter(
        product_id=incident.product_id, claim__opened_at__gte=since, claim__reason__in=rule.reasons
    )
    if incident.lot:
        lines = lines.filter(lot=incident.lot)
    return sorted(set(lines.values_list("claim_id", flat=True)))
