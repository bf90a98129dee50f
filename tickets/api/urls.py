"""Addresses of the API of tickets, below `/api/v1/`."""

from django.urls import path

from tickets.api.views import actions, attachments, events, labels, messages, tickets

ONE = "tickets/<str:number>/"

urlpatterns = [
    path("tickets/", tickets.Tickets.as_view(), name="api_tickets"),
    path(ONE, tickets.OneTicket.as_view(), name="api_ticket"),
    path(f"{ONE}messages/", messages.Messages.as_view(), name="api_messages"),
    path(f"{ONE}messages/<int:message>/withdraw/", messages.WithdrawMessage.as_view(), name="api_withdraw"),
    path(f"{ONE}assign/", actions.Assign.as_view(), name="api_assign"),
    path(f"{ONE}transfer/", actions.Transfer.as_view(), name="api_transfer"),
    path(f"{ONE}status/", actions.SetStatus.as_view(), name="api_status"),
    path(f"{ONE}snooze/", actions.Snooze.as_view(), name="api_snooze"),
    path(f"{ONE}spam/", actions.Spam.as_view(), name="api_spam"),
    path(f"{ONE}merge/", actions.Merge.as_view(), name="api_merge"),
    path(f"{ONE}split/", actions.Split.as_view(), name="api_split"),
    path(f"{ONE}tags/", actions.Tags.as_view(), name="api_ticket_tags"),
    path(f"{ONE}links/", actions.Links.as_view(), name="api_links"),
    path(f"{ONE}links/<int:link>/", actions.OneLink.as_view(), name="api_link"),
    path(f"{ONE}watchers/", actions.Watchers.as_view(), name="api_watchers"),
    path(f"{ONE}watchers/<str:username>/", actions.OneWatcher.as_view(), name="api_watcher"),
    path("attachments/", attachments.Attachments.as_view(), name="api_attachments"),
    path("attachments/<int:attachment>/", attachments.OneAttachment.as_view(), name="api_attachment"),
    path(
        "attachments/<int:attachment>/content/", attachments.AttachmentContent.as_view(), name="api_attachment_content"
    ),
    path("events/", events.Events.as_view(), name="api_events"),
    path("status-labels/", labels.StatusLabels.as_view(), name="api_status_labels"),
    path("tags/", labels.TagList.as_view(), name="api_tags"),
    path("custom-fields/", labels.CustomFields.as_view(), name="api_custom_fields"),
]
