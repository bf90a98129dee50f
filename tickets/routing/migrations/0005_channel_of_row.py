"""The channel on the queue row, so that the wallboard needs no ticket for it; a constant default rewrites no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0004_longer_needs")]

    operations = [
        migrations.AddField(
            model_name="queueentry",
            name="channel",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        )
    ]
