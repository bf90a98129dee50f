"""What routing gives to the kernel's registries."""

from helpdesk.core.registries import team_closings
from tickets.routing.services import move_accounts_of_team

team_closings.add("routing.accounts_of_team", move_accounts_of_team)
