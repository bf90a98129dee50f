"""The sweep's index over due questions; built beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0008_surveys")]

    operations = [
        AddIndexConcurrently(
            "ticket",
            models.Index(condition=Q(survey_at__isnull=False), fields=["survey_at"], name="ticket_survey_due"),
        ),
    ]
