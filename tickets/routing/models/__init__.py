"""Rows of routing: who takes which account, what waits in which queue, what was offered to whom, and by which rules."""

from tickets.routing.models.accounts import AccountOwner, AccountTeam
from tickets.routing.models.offers import ENDED, Offer, OfferState, Turn
from tickets.routing.models.queues import LoadKind, QueueEntry, QueueSettings, Strategy
from tickets.routing.models.rules import GradeRule, RoutingBook, SkillNeed

__all__ = [
    "ENDED",
    "AccountOwner",
    "AccountTeam",
    "GradeRule",
    "LoadKind",
    "Offer",
    "OfferState",
    "QueueEntry",
    "QueueSettings",
    "RoutingBook",
    "SkillNeed",
    "Strategy",
    "Turn",
]
