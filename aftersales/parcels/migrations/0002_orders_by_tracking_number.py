"""An event of a number that nobody announced finds the order that was sent with it."""

from django.db import migrations

FORWARD = """
CREATE INDEX order_by_tracking_number ON customers_order ((shipping ->> 'tracking_number'))
    WHERE shipping ? 'tracking_number'
"""


class Migration(migrations.Migration):
    dependencies = [("parcels", "0001_parcels_begin"), ("customers", "0008_registered_products")]

    operations = [migrations.RunSQL(FORWARD, "DROP INDEX order_by_tracking_number")]
