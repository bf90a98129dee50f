"""Nouns of the ticket and its conversation."""

from tickets.models.choices import (
    FINISHED,
    UNFINISHED,
    Direction,
    Grade,
    Holder,
    Kind,
    LinkKind,
    ParticipantRole,
    Priority,
    Stage,
    StatusCategory,
    Visibility,
)
from tickets.models.labels import CannedReply, CustomField, FieldType, LabelGeneration, SavedView, StatusLabel, Tag
from tickets.models.message import Attachment, Draft, Message, MessageDelivery, Satisfaction, SearchEntry
from tickets.models.survey import SurveySetting
from tickets.models.ticket import (
    NUMBER_PREFIX,
    Ticket,
    TicketCount,
    TicketFieldValue,
    TicketLink,
    TicketParticipant,
    Watcher,
)

__all__ = [
    "FINISHED",
    "NUMBER_PREFIX",
    "UNFINISHED",
    "Attachment",
    "CannedReply",
    "CustomField",
    "Direction",
    "Draft",
    "FieldType",
    "Grade",
    "Holder",
    "Kind",
    "LabelGeneration",
    "LinkKind",
    "Message",
    "MessageDelivery",
    "ParticipantRole",
    "Priority",
    "Satisfaction",
    "SavedView",
    "SearchEntry",
    "Stage",
    "StatusCategory",
    "StatusLabel",
    "SurveySetting",
    "Tag",
    "Ticket",
    "TicketCount",
    "TicketFieldValue",
    "TicketLink",
    "TicketParticipant",
    "Visibility",
    "Watcher",
]
