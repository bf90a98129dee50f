"""The sub-tickets of a ticket and the notes of a consultation; built beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0014_sub_tickets_and_consultations")]

    operations = [
        AddIndexConcurrently(
            "ticket", models.Index(condition=Q(parent__isnull=False), fields=["parent", "id"], name="ticket_of_parent")
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=Q(consultation__isnull=False), fields=["consultation", "id"], name="message_of_consultation"
            ),
        ),
    ]
