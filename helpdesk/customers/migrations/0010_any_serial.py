"""Serial numbers as people type them; built beside running work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0009_goods_from_outside")]

    operations = [AddIndexConcurrently("orderline", models.Index(Upper("serial"), name="order_line_of_any_serial"))]
