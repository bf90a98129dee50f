"""The list of ignored items; built beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("channels_app", "0002_sink_mail_and_mailbox_figures")]

    operations = [
        AddIndexConcurrently(
            "inboundevent",
            models.Index(condition=models.Q(("is_ignored", True)), fields=["id"], name="inbound_ignored"),
        ),
    ]
