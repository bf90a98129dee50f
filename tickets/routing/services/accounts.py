"""What routing does when teams change."""

from __future__ import annotations

from helpdesk.core.actors import Actor
from tickets.routing.models import AccountTeam


def move_accounts_of_team(team_id: int, to_id: int, by: Actor) -> None:
    """Closing step: what arrives on the closed team's accounts goes to the other team from now on."""
    AccountTeam.objects.filter(team_id=team_id).update(team_id=to_id)
