"""Which team takes what arrives on which account."""

from __future__ import annotations

from django.db import models

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount


class AccountTeam(models.Model):
    """The team whose queue receives an account's tickets; without a row, the default team does."""

    account = models.OneToOneField(
        ChannelAccount, on_delete=models.CASCADE, primary_key=True, related_name="account_team"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="accounts")
