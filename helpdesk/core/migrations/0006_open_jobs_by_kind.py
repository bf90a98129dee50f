"""Jobs that are not done, by kind: asked every second for the due rows that were set aside."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # without a lock on the table, so that work goes on meanwhile
    atomic = False

    dependencies = [("core", "0005_business_calendars")]

    operations = [
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["kind"], condition=models.Q(("state", "done"), _negated=True), name="job_open_kind"
            ),
        ),
    ]
