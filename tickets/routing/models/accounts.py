"""Which team takes what arrives on which account, and who looks after which customer."""

from __future__ import annotations

from django.db import models

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.models import Customer


class AccountTeam(models.Model):
    """The team whose queue receives an account's tickets; without a row, the default team does."""

    account = models.OneToOneField(
        ChannelAccount, on_delete=models.CASCADE, primary_key=True, related_name="account_team"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="accounts")


class AccountOwner(models.Model):
    """The colleague who looks after a customer: their tickets go to that person first, when they are free."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="account_owner")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="owned_accounts")
