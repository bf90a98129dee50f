"""The index of questions with three filters and more, which no total answers; built beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("analytics", "0002_what_ifs_and_predictions")]

    operations = [
        AddIndexConcurrently(
            "outcome",
            models.Index(
                fields=["kind", "channel", "level", "team_id", "day"],
                include=["metric", "target_id", "is_met", "used_seconds"],
                name="outcome_narrow",
            ),
        )
    ]
