"""Rows that every floor needs; none has a foreign key upward."""

from helpdesk.core.models.calendars import BusinessCalendar, CalendarDay, DayBlock, DayKind, DaySource, WeeklyBlock
from helpdesk.core.models.channels import ChannelAccount, ChannelGrade, ChannelKind, Delivery, DeliveryStatus
from helpdesk.core.models.events import Cursor, Event, EventPersonal, LogHead, ParkedEvent
from helpdesk.core.models.idempotency import IdempotencyRecord
from helpdesk.core.models.leased import Job, Leased, LeasedState
from helpdesk.core.models.throttle import ThrottleCount

__all__ = [
    "BusinessCalendar",
    "CalendarDay",
    "ChannelAccount",
    "ChannelGrade",
    "ChannelKind",
    "Cursor",
    "DayBlock",
    "DayKind",
    "DaySource",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "EventPersonal",
    "IdempotencyRecord",
    "Job",
    "Leased",
    "LeasedState",
    "LogHead",
    "ParkedEvent",
    "ThrottleCount",
    "WeeklyBlock",
]
