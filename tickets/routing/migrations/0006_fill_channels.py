"""Fill in the channel of rows that waited already, in short steps, and build the wallboard's index beside running work."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

STEP = 5000
_FILL = """
UPDATE routing_queueentry q SET channel = t.channel_kind FROM tickets_ticket t
WHERE t.id = q.ticket_id AND q.ticket_id IN (
    SELECT ticket_id FROM routing_queueentry WHERE channel = '' AND ticket_id > %s ORDER BY ticket_id LIMIT %s)
RETURNING q.ticket_id
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Each step commits by itself; run again after an interruption it goes on with what is left."""
    after = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(_FILL, [after, STEP])
            done = [row[0] for row in cursor.fetchall()]
            if not done:
                return
            after = max(done)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("routing", "0005_channel_of_row")]

    operations = [
        # the way back drops the column, which the migration before does
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            "queueentry",
            models.Index(
                fields=["channel", "entered_at"],
                include=["team", "due_at"],
                condition=models.Q(is_ready=True),
                name="queue_entry_by_channel",
            ),
        ),
    ]
