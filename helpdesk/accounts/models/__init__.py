"""Staff and what belongs to them."""

from helpdesk.accounts.models.keys import ApiKey
from helpdesk.accounts.models.notifications import Notification
from helpdesk.accounts.models.staff import Membership, Presence, Staff, Team

__all__ = ["ApiKey", "Membership", "Notification", "Presence", "Staff", "Team"]
