"""Notices by mail: what people want, and how far each notification is on its way."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_analytics_scope"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeSetting",
            fields=[
                (
                    "staff",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notice_setting",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("by_mail", models.JSONField(default=dict)),
                (
                    "muted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        choices=[("hourly", "every hour"), ("daily", "once a day")], default="daily", max_length=6
                    ),
                ),
                ("digest_at", models.TimeField(default=datetime.time(8, 0))),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("urgent_breaks", models.BooleanField(default=True)),
            ],
        ),
        migrations.AddField(
            model_name="notification",
            name="delivery_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="notification",
            name="mail_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="notification",
            name="mail_state",
            field=models.CharField(
                choices=[
                    ("new", "not looked at yet"),
                    ("waiting", "waits for its time"),
                    ("queued", "in a mail"),
                    ("none", "not by mail"),
                ],
                default="none",
                max_length=7,
            ),
        ),
        # what was told before goes into no mail
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
                default="new",
                max_length=7,
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(condition=models.Q(("mail_state", "new")), fields=["id"], name="notification_unplanned"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("mail_state", "waiting")), fields=["mail_at"], name="notification_mail_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(("mail_state__in", ["new", "waiting", "queued", "none"])),
                name="notification_mail_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticesetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__in", ["hourly", "daily"])), name="notice_digest_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticesetting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                    _connector="OR",
                ),
                name="notice_quiet_hours_whole",
            ),
        ),
    ]
