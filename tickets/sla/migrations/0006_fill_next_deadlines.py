"""Tickets whose clocks are older than the columns that show them get their next deadline now, not at the hourly check."""

from typing import Any

from django.db import migrations

BATCH = 1000

# As `tickets.sla.services.next_deadline` writes it: the running clock that is due first, else one that stands still; moments
# as Python's isoformat has them.
_SQL = """
WITH batch AS (
    SELECT DISTINCT ticket_id AS id FROM sla_clock
    WHERE state IN ('running', 'paused') AND ticket_id > %(after)s ORDER BY 1 LIMIT %(batch)s
), first AS (
    SELECT DISTINCT ON (c.ticket_id) c.ticket_id, c.metric, c.state, c.due_at, c.started_at, c.warn_at
    FROM sla_clock c JOIN batch ON batch.id = c.ticket_id WHERE c.state IN ('running', 'paused')
    ORDER BY c.ticket_id, c.state = 'running' DESC, c.due_at, c.metric COLLATE "C"
), filled AS (
    UPDATE tickets_ticket t
    SET due_at = first.due_at,
        next_clock = jsonb_strip_nulls(jsonb_build_object(
            'metric', first.metric, 'state', first.state, 'due', {due},
            'start', CASE WHEN first.state = 'running' THEN {start} END,
            'warn', CASE WHEN first.state = 'running' THEN {warn} END)),
        row_version = t.row_version + 1
    FROM first WHERE t.id = first.ticket_id AND t.due_at IS NULL AND t.next_clock IS NULL
)
SELECT max(id) FROM batch
"""


def _iso(column: str) -> str:
    text = f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
    return f"replace({text}, '.000000', '') || '+00:00'"


def fill(apps: Any, schema_editor: Any) -> None:
    """A thousand tickets a statement, each its own transaction, so that no verb waits for more."""
    sql = _SQL.format(due=_iso("first.due_at"), start=_iso("first.started_at"), warn=_iso("first.warn_at"))
    after = 0
    with schema_editor.connection.cursor() as cursor:
        while after is not None:
            cursor.execute(sql, {"after": after, "batch": BATCH})
            after = cursor.fetchone()[0]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sla", "0005_teams_default"), ("tickets", "0012_next_deadline")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
