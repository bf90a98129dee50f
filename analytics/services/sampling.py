"""How long the queues were, every five minutes: what "30 minutes ago" on the wallboard is read from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from analytics.models import QueueSample

STEP = timedelta(minutes=5)
KEPT = timedelta(days=8)
# A team of nobody marks that a sample was taken while nobody waited.
NOBODY = 0


def sample_queues(now: datetime | None = None) -> int:
    """Housekeeping: note how many tickets of each team and channel wait; returns how many rows. Once for each step."""
    now = now or timezone.now()
    at = datetime.fromtimestamp(now.timestamp() // STEP.total_seconds() * STEP.total_seconds(), tz=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO analytics_queuesample (at, team_id, channel, waiting)
               SELECT %s, q.team_id, q.channel, count(*) FROM routing_queueentry q
               WHERE q.is_ready GROUP BY 2, 3
               ON CONFLICT DO NOTHING""",
            [at],
        )
        rows = cursor.rowcount
    QueueSample.objects.get_or_create(at=at, team_id=NOBODY, channel="", defaults={"waiting": 0})
    QueueSample.objects.filter(at__lt=now - KEPT).delete()
    return rows
