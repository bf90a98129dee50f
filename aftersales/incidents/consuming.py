"""Consumer of the event log: counts what is claimed by product, lot and day, and has the alarm look again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from aftersales.claims.models import ClaimLine
from aftersales.incidents.models import AlarmRule, Incident, IncidentState
from aftersales.incidents.rule import alarm_rule
from aftersales.incidents.services.tying import tie_later
from helpdesk.core.models import Event

# Claims that come together are looked at together.
LOOK_AFTER = timedelta(seconds=20)


def count_claims(events: Sequence[Event]) -> None:
    """Rows only, written with the position: each claim counts once. What joins an open incident is tied by a job."""
    opened = {event.data["claim"]: event.at for event in events if event.name == "claim.opened"}
    if not opened:
        return
    rule = alarm_rule()
    lines = ClaimLine.objects.filter(claim_id__in=opened, claim__reason__in=rule.reasons)
    rows = list(lines.values_list("claim_id", "product_id", "lot", "quantity"))
    if not rows:
        return
    _add_up(Counter(_key(product, lot, opened[claim]) for claim, product, lot, _quantity in rows))
    _tie_to_open(rows)
    now = timezone.now()
    AlarmRule.objects.filter(pk=1, look_at__isnull=True, is_active=True).update(look_at=now + LOOK_AFTER)


def _key(product_id: int, lot: str, at: datetime) -> tuple[int, str, date]:
    return product_id, lot, at.astimezone(UTC).date()


def _add_up(counts: Counter[tuple[int, str, date]]) -> None:
    """In the order of the key, so that two writers never wait for each other crosswise."""
    rows = sorted((*key, number) for key, number in counts.items())
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO incidents_dailyclaims (product_id, lot, day, count) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (product_id, lot, day) DO UPDATE SET count = incidents_dailyclaims.count + excluded.count",
            rows,
        )


def _tie_to_open(rows: Sequence[tuple[int, int, str, int]]) -> None:
    wanted = Q()
    for product in {product for _claim, product, _lot, _quantity in rows}:
        wanted |= Q(product_id=product)
    found = Incident.objects.filter(wanted, state=IncidentState.OPEN).values_list("pk", "product_id", "lot")
    for incident, product, lot in found:
        for claim, claimed, of_lot, _quantity in rows:
            if claimed == product and lot in {"", of_lot}:
                tie_later(incident, claim)
