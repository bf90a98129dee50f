from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0006_open_jobs_by_kind")]

    operations = [
        migrations.AddField(
            model_name="businesscalendar",
            name="zone_rules",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=16),
        ),
    ]
