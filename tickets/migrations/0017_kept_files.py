"""Files that a record of a higher room keeps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_counted_by_owner")]

    operations = [migrations.AddField("attachment", "is_kept", models.BooleanField(default=False, db_default=False))]
