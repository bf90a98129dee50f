"""What people carry is counted from the index alone: the desk of an owner with all that load and deadlines look at.

The wider index is built beside running work, then the one that it replaces goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tickets", "0015_sub_ticket_indexes")]

    operations = [
        AddIndexConcurrently(
            "ticket",
            models.Index(
                fields=["owner", "-last_activity_at", "-id"],
                include=["holder", "status_category", "channel_kind", "parent", "snoozed_until", "due_at"],
                condition=models.Q(
                    ("status_category__in", ["new", "open", "pending", "on_hold"]),
                    ("is_spam", False),
                    ("owner__isnull", False),
                ),
                name="ticket_carried_by_owner",
            ),
        ),
        RemoveIndexConcurrently("ticket", "ticket_desk_of_owner"),
    ]
