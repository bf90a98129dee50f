"""What the composer of a ticket shows: ways to answer with their limits, recipients, the person's draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, NOTE, REPLY
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.templatetags.ui import CHANNEL_NAMES
from helpdesk.customers.identities import shown_address
from helpdesk.customers.models import Identity
from tickets.models import Attachment, Draft, Ticket, Visibility
from tickets.outgoing import ADDRESS_KIND, routes_among
from tickets.selectors.conversation import file_item
from tickets.selectors.recipients import shown

# The longest text of a channel, in characters (a long SMS is sent in parts; gateways refuse more).
LIMITS = {ChannelKind.SMS: 500}


def accounts_for_answers() -> list[ChannelAccount]:
    """Active accounts that bring a message to the customer."""
    return list(ChannelAccount.objects.filter(kind__in=list(ADDRESS_KIND), is_active=True))


def draft_of(ticket: Ticket, staff: Staff) -> Draft | None:
    """What the person last wrote here and has not sent."""
    return Draft.objects.filter(ticket_id=ticket.pk, staff_id=staff.pk).order_by("-updated_at").first()


def composer_of(
    ticket: Ticket,
    staff: Staff,
    *,
    accounts: Sequence[ChannelAccount],
    identities: Sequence[Identity],
    requester: str,
    messages: Sequence[Any],
    draft: Draft | None,
) -> dict[str, Any] | None:
    """The composer's context, or None for someone who may neither answer nor note. No query unless a draft has files."""
    may_reply, may_note = staff.can(REPLY) and ticket.parent_id is None, staff.can(NOTE)
    if not (may_reply or may_note):
        return None
    found = routes_among(ticket, accounts, identities, requester) if may_reply else []
    is_open = staff.can(CUSTOMER_UNMASK)
    channels = [_channel(route.account, shown_address(route.address, is_open)) for route in found] or [_portal_only()]
    kept = {
        name: shown(_typed(value), is_open) for name, value in (draft.recipients if draft is not None else {}).items()
    }
    base = f"/tickets/{ticket.number}/"
    to = kept.get("to") or (channels[0]["address"] if channels[0]["is_mail"] else "")
    wants_note = not may_reply or (draft is not None and draft.visibility == Visibility.INTERNAL)
    return {
        "action": f"{base}messages/",
        "draft_url": f"{base}draft/",
        "upload_url": f"{base}uploads/",
        "canned_url": f"{base}canned/" if may_reply else "",
        "mentions_url": f"{base}mentions/",
        "ticket_id": ticket.pk,
        "max_bytes": settings.ATTACHMENT_MAX_BYTES,
        "target": "#thread",
        "swap": "beforeend",
        "mode": "note" if wants_note else "reply",
        "channels": channels if may_reply else [],
        "channel": kept.get("channel") or channels[0]["value"],
        "to": to,
        "cc": kept.get("cc") or shown(_cc(messages, [account.address for account in accounts]), is_open),
        "bcc": kept.get("bcc", ""),
        "text": draft.text if draft is not None else "",
        "draft_version": int(draft.updated_at.timestamp() * 1_000_000) if draft is not None else 0,
        "draft_saved_at": draft.updated_at if draft is not None else None,
        "files": _files(ticket, draft),
        "can_note": may_note and may_reply,
        "send_items": send_items(),
        "later": later() if may_reply else None,
        "placeholder": None if may_reply else _("Write a note for your colleagues. Type @ to call one."),
    }


def _typed(value: Any) -> str:
    """Recipients as text: a draft keeps what was typed, a message that was taken back keeps (name, address) pairs."""
    if isinstance(value, list):
        return ", ".join(address for _name, address in value)
    return str(value or "")


def _channel(account: ChannelAccount, address: str) -> dict[str, Any]:
    limit = LIMITS.get(ChannelKind(account.kind))
    return {
        "value": str(account.pk),
        "kind": account.kind,
        "label": str(CHANNEL_NAMES.get(account.kind, account.label)),
        "hint": account.address or account.label,
        "address": address,
        "limit": limit,
        "limit_text": _("At most %(n)s characters") % {"n": limit} if limit else "",
        "is_mail": account.kind == ChannelKind.EMAIL,
    }


def _portal_only() -> dict[str, Any]:
    """No address is known: the customer reads the answer where they are signed in."""
    return {"value": "", "kind": "portal", "label": str(CHANNEL_NAMES["portal"]), "address": "", "is_mail": False}


def send_items() -> list[dict[str, str]]:
    """Ways to send, the usual one first; `later:…` is read by the view in the person's own zone."""
    return [
        {"value": "pending", "label": pgettext("composer", "Send, set waiting"), "icon": "status-bars"},
        {"value": "send", "label": pgettext("composer", "Send"), "icon": "send"},
        {"value": "solved", "label": pgettext("composer", "Send, set solved"), "icon": "status-tick"},
        {"value": "on_hold", "label": pgettext("composer", "Send, set on hold"), "icon": "status-hold"},
        {"value": "later:hour", "label": pgettext("composer", "Send in one hour"), "icon": "schedule"},
        {"value": "later:tomorrow", "label": pgettext("composer", "Send tomorrow at 09:00"), "icon": "schedule"},
        {"value": "later:monday", "label": pgettext("composer", "Send on Monday at 09:00"), "icon": "schedule"},
    ]


def later() -> dict[str, str]:
    """The question for a time of one's own: proposal, bounds and the zone that they are read in, the person's own."""
    now = timezone.localtime()
    tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0)
    moments = {"min": now + timedelta(minutes=1), "max": now + timedelta(days=365), "value": tomorrow}
    shown = {name: moment.strftime("%Y-%m-%dT%H:%M") for name, moment in moments.items()}
    return shown | {"zone": timezone.get_current_timezone_name()}


def _cc(messages: Sequence[Any], own: Sequence[str]) -> str:
    """Those in copy of the customer's newest mail, without ourselves: an answer goes to all of them."""
    newest = next((message for message in reversed(messages) if message.direction == "in"), None)
    pairs = (newest.recipients or {}).get("cc", []) if newest is not None else []
    ours = {address.lower() for address in own}
    return ", ".join(address for _name, address in pairs if address.lower() not in ours)


def _files(ticket: Ticket, draft: Draft | None) -> list[SimpleNamespace]:
    if draft is None or not draft.attachment_ids:
        return []
    mine = {"message__isnull": True, "is_kept": False, "uploaded_by_kind": "staff", "uploaded_by_id": draft.staff_id}
    return [file_item(ticket, file) for file in Attachment.objects.filter(pk__in=draft.attachment_ids, **mine)]
