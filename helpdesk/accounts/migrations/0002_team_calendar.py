"""When a team works: a calendar of its own, or none for the default one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('core', '0005_business_calendars'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='core.businesscalendar'),
        ),
    ]
