"""Where an arriving ticket belongs."""

from __future__ import annotations

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount


def team_for(account: ChannelAccount) -> Team:
    """The account's team, else the default team (there is always one)."""
    team = Team.objects.filter(accounts__account=account, is_active=True).first()
    return team or Team.objects.get(is_default=True)
