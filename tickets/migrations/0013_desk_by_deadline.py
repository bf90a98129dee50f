"""The desk by deadline: the index behind "next due", "due soon" and "overdue"; built beside running work."""

from datetime import UTC, datetime

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0012_next_deadline"),
    ]

    operations = [
        AddIndexConcurrently(
            "ticket",
            models.Index(
                Coalesce(
                    "due_at",
                    models.Value(datetime(9000, 1, 1, tzinfo=UTC), output_field=models.DateTimeField()),
                ),
                models.F("id"),
                condition=models.Q(("status_category__in", ["new", "open", "pending", "on_hold"]), ("is_spam", False)),
                name="ticket_desk_by_deadline",
            ),
        ),
    ]
