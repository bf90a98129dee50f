"""When customers are asked how it went, for everybody and for each team, and when each ticket's question is due."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tickets", "0007_search_pending_list")]

    operations = [
        migrations.CreateModel(
            name="SurveySetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_on", models.BooleanField(default=True)),
                ("delay_minutes", models.PositiveIntegerField(default=60)),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["team"], name="survey_setting_once", nulls_distinct=False),
                    models.CheckConstraint(condition=Q(delay_minutes__lte=10080), name="survey_delay_within_a_week"),
                ],
            },
        ),
        migrations.AddField("ticket", "survey_at", models.DateTimeField(blank=True, null=True)),
    ]
