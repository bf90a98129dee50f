"""Goods that come after their claim was settled are found without looking at every parcel."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parcels', '0002_orders_by_tracking_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='parcel',
            name='is_owed',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='parcel',
            index=models.Index(condition=models.Q(('is_open', True), ('is_owed', True)), fields=['claim'], name='parcel_owed'),
        ),
    ]
