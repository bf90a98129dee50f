"""The next deadline of a ticket: a column for orders and filters, and what its row's chip shows. Both empty at first; the hourly
check of clocks fills them for tickets that are open already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0011_tone_checked"),
    ]

    operations = [
        migrations.AddField(model_name="ticket", name="due_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(model_name="ticket", name="next_clock", field=models.JSONField(blank=True, null=True)),
    ]
