from django.db import migrations, models


class Migration(migrations.Migration):
    """A process of an older release, which runs on during an upgrade, writes notifications without this column."""

    dependencies = [("accounts", "0005_notices_by_mail")]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="mail_state",
            field=models.CharField(
                choices=[
                    ("new", "not looked at yet"),
                    ("waiting", "waits for its time"),
                    ("queued", "in a mail"),
                    ("none", "not by mail"),
                ],
                db_default="new",
                default="new",
                max_length=7,
            ),
        ),
    ]
