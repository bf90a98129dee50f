"""Where an arriving ticket belongs."""

from __future__ import annotations

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount


def team_for(account: ChannelAccount) -> Team:
    """The account's team, else the default team (there is always one)."""
    found = Team.objects.raw(
        """SELECT t.* FROM accounts_team t LEFT JOIN routing_accountteam a ON a.team_id = t.id AND a.account_id = %s
           WHERE (a.account_id IS NOT NULL AND t.is_active) OR t.is_default ORDER BY a.account_id NULLS LAST LIMIT 1""",
        [account.pk],
    )
    return found[0]
