"""What a person of some teams sees of the claims, by index; made while claims are being written."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

OPEN = ~Q(state__in=["closed", "refused", "cancelled", "expired"])
INDEXES = [
    models.Index(fields=["team", "rank", "id"], condition=OPEN, name="claim_of_team"),
    models.Index(fields=["team", "state", "rank", "id"], condition=OPEN, name="claim_board_of_team"),
    models.Index(
        fields=["team", "-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="claim_closed_of_team"
    ),
    models.Index(fields=["owner", "-id"], condition=Q(owner__isnull=False), name="claim_of_owner"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("claims", "0008_team_and_owner"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            "claim",
            "team",
            models.ForeignKey(
                to="accounts.team",
                on_delete=models.PROTECT,
                related_name="+",
                db_index=False,
                editable=False,
            ),
        ),
        *(AddIndexConcurrently("claim", index) for index in INDEXES),
        # the same as `claim_external_number`
        RemoveIndexConcurrently("claim", "claim_by_external_number"),
    ]
