"""Whether a ticket was opened by a machine. A column with a default of the database: no row is rewritten."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recognition", "0003_serial_pattern")]

    operations = [
        migrations.AddField(
            model_name="recognition",
            name="is_from_machine",
            field=models.BooleanField(db_default=False, default=False),
        )
    ]
