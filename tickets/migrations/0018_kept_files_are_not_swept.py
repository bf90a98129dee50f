"""The sweep of uploads leaves kept files; its index is exchanged beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0017_kept_files")]

    operations = [
        AddIndexConcurrently(
            "attachment",
            models.Index(
                condition=Q(message__isnull=True, is_kept=False), fields=["created_at"], name="attachment_unsent_upload"
            ),
        ),
        RemoveIndexConcurrently("attachment", "attachment_unsent"),
    ]
