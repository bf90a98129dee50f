"""Rows of the doors: what arrived, and what each mailbox has shown us."""

from channels_app.models.inbound import InboundEvent
from channels_app.models.mailboxes import Mailbox, MailboxItem
from channels_app.models.sink import SinkMail

__all__ = ["InboundEvent", "Mailbox", "MailboxItem", "SinkMail"]
