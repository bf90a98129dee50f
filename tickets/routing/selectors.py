"""Where an arriving ticket belongs."""

from __future__ import annotations

from django.db.models import F, Q

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount


def team_for(account: ChannelAccount) -> Team:
    """The account's team, else the default team (there is always one)."""
    teams = Team.objects.filter(Q(accounts__account=account, is_active=True) | Q(is_default=True))
    found = teams.annotate(is_own=Q(accounts__account=account, is_active=True)).order_by(
        F("is_own").desc(nulls_last=True)
    )
    return found[0]
