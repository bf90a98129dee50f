"""Indexes for reading the event log as an audit trail: by time, by person, and by name for administrative events."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_idempotency_records")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["at", "id"], name="event_by_time"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("actor_kind", "staff")), fields=["actor_id", "at", "id"], name="event_by_person"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("ticket_id__isnull", True)), fields=["name", "at", "id"], name="event_by_name"
            ),
        ),
    ]
