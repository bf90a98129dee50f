import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """A process of an older release, which runs on during an upgrade, writes targets without this column."""

    dependencies = [("sla", "0004_reasons_are_rows")]

    operations = [
        migrations.AlterField(
            model_name="target",
            name="teams",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
    ]
