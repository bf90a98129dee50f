"""A ticket may need many skills; a longer text is no rewrite of the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0003_fill_queues")]

    operations = [
        migrations.AlterField(
            model_name="queueentry", name="needs_key", field=models.CharField(blank=True, default="", max_length=1000)
        )
    ]
