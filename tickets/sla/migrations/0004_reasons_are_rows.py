"""The reason of a missed deadline is a row of its own (`Breach`), one for each round; the clock keeps none."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("sla", "0003_chips_teams_and_breaches"),
    ]

    operations = [
        migrations.RemoveField(model_name="clock", name="breach_reason"),
    ]
