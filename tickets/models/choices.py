"""Fixed words of a ticket. Labels of statuses can be renamed by people; code knows these words only."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StatusCategory(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Waiting for customer")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


# In the order of the work: these are on somebody's desk, the rest is history.
UNFINISHED = (StatusCategory.NEW, StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.ON_HOLD)
FINISHED = (StatusCategory.SOLVED, StatusCategory.CLOSED)


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class Grade(models.TextChoices):
    """C1: urgency × complexity × customer value; computed by the rule, never typed."""

    URGENT = "urgent", _("urgent")
    REGULAR = "regular", _("regular")
    COMPLEX = "complex", _("complex")


class Kind(models.TextChoices):
    """B1: what the customer wants."""

    ENQUIRY = "enquiry", _("Pre-sales enquiry")
    LOGISTICS = "logistics", _("Order and logistics")
    RETURN = "return", _("Return or exchange")
    REPAIR = "repair", _("Repair or fault")
    COMPLAINT = "complaint", _("Complaint or suggestion")
    TECHNICAL = "technical", _("Technical support")
    ACCOUNT = "account", _("Account security")
    OTHER = "other", _("Other")


class Tone(models.TextChoices):
    """B3: what the customer's words sound like; `threat` is to complain in public or to an authority."""

    CALM = "calm", _("calm")
    ANGER = "anger", _("angry")
    THREAT = "threat", _("threatens to complain")
    CHURN = "churn", _("may leave")


class Stage(models.TextChoices):
    """E1."""

    ENQUIRE = "enquire", _("Enquire")
    ACCEPT = "accept", _("Accept")
    HANDLE = "handle", _("Handle")
    FEED_BACK = "feed_back", _("Feed back")
    REVIEW = "review", _("Review")


class Holder(models.TextChoices):
    """Who has the conversation: exactly one of these at any moment."""

    BOT = "bot", _("bot")
    QUEUE = "queue", _("queue")
    AGENT = "agent", _("agent")
    NOBODY = "nobody", _("nobody")


class Direction(models.TextChoices):
    IN = "in", _("received")
    OUT = "out", _("sent")


class Visibility(models.TextChoices):
    PUBLIC = "public", _("public")
    INTERNAL = "internal", _("internal note")


class ParticipantRole(models.TextChoices):
    REQUESTER = "requester", _("customer")
    CC = "cc", _("in copy")
    FORWARDED = "forwarded", _("asked by forwarding")


class LinkKind(models.TextChoices):
    RELATED = "related", _("related")
    FOLLOW_UP = "follow_up", _("follow-up of")
    SPLIT = "split", _("split from")
    DUPLICATE = "duplicate", _("duplicate of")
    PARENT = "parent", _("part of")
