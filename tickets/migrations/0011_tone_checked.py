"""The check holds for new rows since the migration before; here the old ones are looked at, without locking writers out."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("tickets", "0010_tone"),
    ]

    operations = [
        ValidateConstraint(model_name="ticket", name="ticket_tone_known"),
    ]
