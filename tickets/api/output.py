"""Tickets and messages as the API writes them: dictionaries straight from columns, since a page has fifty of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK
from helpdesk.core.api.paging import moment
from helpdesk.customers.identities import mask_text, shown_address
from tickets.api.external_ids import as_given
from tickets.models import NUMBER_PREFIX, Attachment, Message, MessageDelivery
from tickets.querysets import TicketQuerySet

PLAIN = [
    "subject",
    "kind",
    "grade",
    "priority",
    "stage",
    "holder",
    "channel_kind",
    "language",
    "tags",
    "fields",
    "preview",
    "is_unread",
    "is_spam",
    "has_attachments",
    "message_count",
    "solution",
    "row_version",
    "edit_version",
]
MOMENTS = [
    "created_at",
    "updated_at",
    "last_activity_at",
    "last_customer_message_at",
    "last_agent_message_at",
    "first_replied_at",
    "solved_at",
    "closed_at",
    "snoozed_until",
    "due_at",
]
JOINED = [
    "id",
    "status_category",
    "status_id",
    "status__name",
    "status__name_zh",
    "team_id",
    "team__slug",
    "team__name",
    "team__name_zh",
    "owner_id",
    "owner__username",
    "owner__name",
    "account__slug",
    "customer_id",
    "customer__name",
    "customer__level",
    "merged_into_id",
    "parent_id",
]


def ticket_rows(tickets: TicketQuerySet) -> QuerySet[Any, Any]:
    """The columns that `ticket` writes, in one query."""
    return tickets.values(*JOINED, *PLAIN, *MOMENTS)


def number(pk: int | None) -> str | None:
    """The number of the ticket with this id."""
    return f"{NUMBER_PREFIX}{pk}" if pk is not None else None


def ticket(row: Mapping[str, Any]) -> dict[str, Any]:
    """One ticket of `ticket_rows`."""
    chinese = (get_language() or "").startswith("zh")
    pk = row["id"]
    return {
        "number": f"{NUMBER_PREFIX}{pk}",
        "url": f"/api/v1/tickets/{NUMBER_PREFIX}{pk}/",
        "status": row["status_category"],
        "status_label": {
            "id": row["status_id"],
            "name": (chinese and row["status__name_zh"]) or row["status__name"],
        },
        "team": {
            "id": row["team_id"],
            "slug": row["team__slug"],
            "name": (chinese and row["team__name_zh"]) or row["team__name"],
        },
        "owner": {"id": row["owner_id"], "username": row["owner__username"], "name": row["owner__name"]}
        if row["owner_id"]
        else None,
        "channel": row["account__slug"],
        "customer": {"id": row["customer_id"], "name": row["customer__name"], "level": row["customer__level"]},
        "merged_into": number(row["merged_into_id"]),
        "parent": number(row["parent_id"]),
        **{name: row[name] for name in PLAIN},
        **{name: moment(row[name]) for name in MOMENTS},
    }


# --- Messages --------------------------------------------------------------------------------------------------------
MESSAGE_PLAIN = [
    "id",
    "external_id",
    "direction",
    "visibility",
    "subject",
    "text",
    "quoted",
    "language",
    "is_auto",
    "mentions",
]
MESSAGE_MOMENTS = ["created_at", "sent_at", "release_at", "released_at", "withdrawn_at"]
MESSAGE_COLUMNS = [
    *MESSAGE_PLAIN,
    *MESSAGE_MOMENTS,
    *["author_kind", "author_id", "author_name", "author_address", "account__slug", "channel_kind", "recipients"],
]


def messages(rows: Sequence[Mapping[str, Any]], staff: Staff, *, has_files: bool = True) -> list[dict[str, Any]]:
    """Messages with their files and deliveries, two queries for all of them; addresses masked for who may not see them.

    `has_files` False: the caller knows that there are none.
    """
    ids = [row["id"] for row in rows]
    files = _by_message(
        Attachment.objects.filter(message_id__in=ids if has_files else [])
        .order_by("pk")
        .values("id", "message_id", "name", "content_type", "size", "is_inline", "warning")
    )
    deliveries = _by_message(
        MessageDelivery.objects.filter(message_id__in=ids)
        .order_by("pk")
        .values("message_id", *(f"delivery__{name}" for name in DELIVERY))
    )
    open_addresses = staff.can(CUSTOMER_UNMASK)
    return [_message(row, files[row["id"]], deliveries[row["id"]], open_addresses) for row in rows]


DELIVERY = [
    "id",
    "address",
    "status",
    "is_maybe_doubled",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "reason",
    "account__slug",
]


def _by_message(rows: QuerySet[Any, Any]) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["message_id"]].append(row)
    return found


def _message(
    row: Mapping[str, Any], files: Sequence[Mapping[str, Any]], deliveries: Sequence[Mapping[str, Any]], is_open: bool
) -> dict[str, Any]:
    return {
        **{name: row[name] for name in MESSAGE_PLAIN},
        "external_id": as_given(row["external_id"]),
        **{name: moment(row[name]) for name in MESSAGE_MOMENTS},
        "author": {
            "kind": row["author_kind"],
            "id": row["author_id"],
            "name": row["author_name"],
            "address": shown_address(row["author_address"], is_open),
        },
        "channel": row["account__slug"],
        "channel_kind": row["channel_kind"],
        "recipients": {
            kind: [{"name": name, "address": shown_address(address, is_open)} for name, address in pairs]
            for kind, pairs in row["recipients"].items()
        },
        "attachments": [attachment(file) for file in files],
        "deliveries": [_delivery(delivery, is_open) for delivery in deliveries],
    }


def attachment(row: Mapping[str, Any]) -> dict[str, Any]:
    """A file and where its bytes are."""
    return {
        "id": row["id"],
        "name": row["name"],
        "content_type": row["content_type"],
        "size": row["size"],
        "is_inline": row["is_inline"],
        "warning": row["warning"],
        "url": f"/api/v1/attachments/{row['id']}/content/",
    }


def _delivery(row: Mapping[str, Any], is_open: bool) -> dict[str, Any]:
    return {
        "id": row["delivery__id"],
        "channel": row["delivery__account__slug"],
        "address": shown_address(row["delivery__address"], is_open),
        "status": row["delivery__status"],
        "is_maybe_doubled": row["delivery__is_maybe_doubled"],
        "reason": _reason(row["delivery__reason"], is_open) if row["delivery__status"] == "failed" else "",
        **{name: moment(row[f"delivery__{name}"]) for name in DELIVERY if name.endswith("_at")},
    }


def _reason(reason: str, is_open: bool) -> str:
    """Servers repeat the address in what they say."""
    return reason if is_open else mask_text(reason)


def message_row(message: Message) -> dict[str, Any]:
    """The same columns of a message that was just written."""
    row = {name: getattr(message, name) for name in MESSAGE_COLUMNS if "__" not in name}
    return {**row, "account__slug": message.account.slug if message.account else None}


def message_rows(ticket_id: int) -> QuerySet[Any, Any]:
    """The columns that `messages` writes."""
    return Message.objects.filter(ticket_id=ticket_id).values(*MESSAGE_COLUMNS)
