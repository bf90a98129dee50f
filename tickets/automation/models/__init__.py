"""Webhooks and their calls; how sub-tickets are handled."""

from tickets.automation.models.sub_tickets import SubTicketSetting, SubTicketTemplate, WhenSolving
from tickets.automation.models.webhooks import WebhookCall, WebhookEndpoint

__all__ = ["SubTicketSetting", "SubTicketTemplate", "WebhookCall", "WebhookEndpoint", "WhenSolving"]
