"""Drafts: what a person is writing survives the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from helpdesk.accounts.permissions import NOTE
from helpdesk.core.actors import Actor
from tickets.access import require
from tickets.models import Draft, Ticket, Visibility
from tickets.services.replying import MAX_TEXT


def save_draft(
    ticket: Ticket,
    *,
    by: Actor,
    text: str,
    visibility: str = Visibility.PUBLIC,
    recipients: Mapping[str, Any] | None = None,
    attachment_ids: Sequence[int] = (),
) -> Draft | None:
    """Keep the text; an empty one deletes the draft. No event: a draft is nobody else's business."""
    require(by, NOTE, ticket)
    assert by.staff is not None
    key: dict[str, Any] = {"ticket": ticket, "staff": by.staff, "visibility": visibility}
    text = text.replace("\x00", "")[:MAX_TEXT]
    if not text.strip() and not attachment_ids:
        Draft.objects.filter(**key).delete()
        return None
    draft, _created = Draft.objects.update_or_create(
        **key, defaults={"text": text, "recipients": dict(recipients or {}), "attachment_ids": list(attachment_ids)}
    )
    return draft
