"""Custom fields of the type choice get the Chinese words of their choices, in the same order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_search_by_time")]

    operations = [
        migrations.AddField(
            model_name="customfield",
            name="choices_zh",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
