"""B3: what the customer's words sound like. The column has its default in the catalogue, so no row is rewritten."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0009_surveys_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="tone",
            field=models.CharField(
                choices=[("calm", "calm"), ("anger", "angry"), ("threat", "threatens to complain"), ("churn", "may leave")],
                db_default="calm",
                default="calm",
                max_length=6,
            ),
        ),
        AddConstraintNotValid(
            model_name="ticket",
            constraint=models.CheckConstraint(condition=Q(tone__in=["calm", "anger", "threat", "churn"]), name="ticket_tone_known"),
        ),
    ]
