"""Drafts: what a person is writing survives the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from helpdesk.accounts.permissions import NOTE
from helpdesk.core.actors import Actor
from tickets.access import require
from tickets.errors import DraftChanged
from tickets.models import Draft, Ticket, Visibility
from tickets.services.receiving import storable
from tickets.services.replying import MAX_TEXT


def draft_version(draft: Draft | None) -> int:
    """A number that rises with every save: the microsecond of the last one; 0 without a draft."""
    return int(draft.updated_at.timestamp() * 1_000_000) if draft is not None else 0


def _check_version(seen: int, present: Draft | None) -> None:
    if present is not None and draft_version(present) != seen:
        raise DraftChanged(version=draft_version(present))


@transaction.atomic
def save_draft(
    ticket: Ticket,
    *,
    by: Actor,
    text: str,
    visibility: str = Visibility.PUBLIC,
    recipients: Mapping[str, Any] | None = None,
    attachment_ids: Sequence[int] = (),
    version: int | None = None,
) -> Draft | None:
    """Keep the text; an empty one deletes the draft. No event: a draft is nobody else's business.

    With the `version` that the writer last saw (0: none), refuses (`DraftChanged`, with the present version) when another
    window saved in between.
    """
    require(by, NOTE, ticket)
    assert by.staff is not None
    key: dict[str, Any] = {"ticket": ticket, "staff": by.staff, "visibility": visibility}
    text = storable(text)[:MAX_TEXT]
    kept = {name: storable(value) if isinstance(value, str) else value for name, value in (recipients or {}).items()}
    if version is not None:
        _check_version(version, Draft.objects.select_for_update(no_key=True).filter(**key).first())
    if not text.strip() and not attachment_ids:
        Draft.objects.filter(**key).delete()
        return None
    draft, _created = Draft.objects.update_or_create(
        **key, defaults={"text": text, "recipients": kept, "attachment_ids": list(attachment_ids)}
    )
    return draft
