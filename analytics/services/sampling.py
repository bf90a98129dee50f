"""How long the queues were, every five minutes: what "30 minutes ago" on the wallboard is read from."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from analytics.models import QueueSample

STEP = timedelta(minutes=5)
KEPT = timedelta(days=8)


def sample_queues(now: datetime | None = None) -> int:
    """Housekeeping: note the waiting tickets of each team and channel; returns how many rows. Once for each step."""
    now = now or timezone.now()
    at = datetime.fromtimestamp(now.timestamp() // STEP.total_seconds() * STEP.total_seconds(), tz=now.tzinfo)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO analytics_queuesample (at, team_id, channel, waiting)
               SELECT %s, team_id, channel_kind, count(*) FROM tickets_ticket
               WHERE status_category IN ('new', 'open', 'pending', 'on_hold') AND NOT is_spam AND owner_id IS NULL
                     AND holder = 'queue' AND snoozed_until IS NULL
               GROUP BY team_id, channel_kind
               ON CONFLICT DO NOTHING""",
            [at],
        )
        rows = cursor.rowcount
    if not rows:
        # a step without anybody waiting is a step all the same
        QueueSample.objects.get_or_create(at=at, team_id=0, channel="", defaults={"waiting": 0})
    QueueSample.objects.filter(at__lt=now - KEPT).delete()
    return rows
