"""Search: the inverted index over a stretch of time, and statistics of more words than the default lists."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_label_generation")]

    operations = [
        migrations.AddIndex(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="search_by_time", pages_per_range=32),
        ),
        migrations.RunSQL(
            "ALTER TABLE tickets_searchentry ALTER COLUMN vector SET STATISTICS 300",
            "ALTER TABLE tickets_searchentry ALTER COLUMN vector SET STATISTICS -1",
        ),
    ]
