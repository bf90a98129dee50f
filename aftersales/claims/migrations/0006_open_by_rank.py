"""Indexes for the list of open claims and for a search by case number, made while claims are being written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("claims", "0005_owing")]

    operations = [
        AddIndexConcurrently(
            model_name="claim",
            index=models.Index(
                fields=["rank", "id"],
                condition=~Q(state__in=["closed", "refused", "cancelled", "expired"]),
                name="claim_open_by_rank",
            ),
        ),
        AddIndexConcurrently(
            model_name="claim",
            index=models.Index(
                fields=["external_number"], condition=~Q(external_number=""), name="claim_by_external_number"
            ),
        ),
    ]
