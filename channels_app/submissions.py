"""What a person wrote on one of our own pages (web form, portal): stored raw with its files, then processed in the request.

The raw item is JSON; its files lie in the storage under their hash before the event is committed, so that a failing
handler loses nothing: the event keeps the text and the names, and the retry finds the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from channels_app import inbox
from channels_app.email.files import effective_type, is_zip_bomb, safe_name
from channels_app.models import InboundEvent
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelAccount
from helpdesk.core.models.leased import LeasedState
from helpdesk.core.uploads import file_limits
from tickets.models import CustomField, Message, Ticket
from tickets.services.files import NewFile
from tickets.services.files import store as store_file

ORDER_FIELD = "order_number"
_ZIP_RATIO, _ZIP_BYTES = 100, 1024**3


@dataclass(frozen=True)
class Submitted:
    """The stored event and what became of it; `ticket` None while the work goes on."""

    event: InboundEvent
    ticket: Ticket | None
    message: Message | None


def file_errors(files: Sequence[UploadedFile]) -> list[str]:
    """Why these files cannot be taken; empty when they can."""
    limits, errors = file_limits(), []
    if len(files) > limits["files"]:
        errors.append(_("Please send at most %(n)s files at once.") % {"n": limits["files"]})
    for file in files:
        if (file.size or 0) > limits["each"]:
            values = {"name": safe_name(file.name or "")[:60], "mb": limits["each_mb"]}
            errors.append(_("“%(name)s” is larger than %(mb)s MB.") % values)
    if sum(file.size or 0 for file in files) > limits["together"]:
        errors.append(_("All files together may have at most %(mb)s MB.") % {"mb": limits["together_mb"]})
    return errors


def keep_files(files: Sequence[UploadedFile]) -> list[dict[str, Any]]:
    """Bring the bytes to the storage and say where they lie."""
    kept = []
    for file in files:
        data = file.read()
        name = safe_name(file.name or "") or "file"
        is_bomb = data[:2] == b"PK" and is_zip_bomb(data, max_ratio=_ZIP_RATIO, max_bytes=_ZIP_BYTES)
        stored = store_file(
            NewFile(
                name=name,
                content_type=effective_type(file.content_type or "", name, data),
                data=data,
                warning="zip_bomb" if is_bomb else "",
            )
        )
        kept.append(
            {
                "name": stored.name,
                "content_type": stored.content_type,
                "size": stored.size,
                "path": stored.file.name,
                "warning": stored.warning,
            }
        )
    return kept


def load_files(kept: Sequence[Mapping[str, Any]]) -> list[NewFile]:
    """The files of a raw item, for the handler."""
    found = []
    for entry in kept:
        with default_storage.open(str(entry["path"])) as file:
            data = file.read()
        found.append(
            NewFile(str(entry["name"]), str(entry["content_type"]), data, warning=str(entry.get("warning", "")))
        )
    return found


def submit(
    account: ChannelAccount, payload: Mapping[str, Any], *, handler: str, external_id: str, order_key: str, client: str
) -> Submitted:
    """Store, commit, process in this request. Sent again with the same `external_id` it leads to the same message."""
    item = inbox.RawItem(
        raw=json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"),
        handler=handler,
        external_id=external_id,
        order_key=order_key,
        content_type="application/json",
        envelope={"client": client},
    )
    stored = inbox.store(account, [item], offer=False)[0]
    event = stored.event
    if event.state in {LeasedState.READY, LeasedState.BACK_OFF}:
        event = inbox.process_now(event)
    return outcome_of(event)


def outcome_of(event: InboundEvent) -> Submitted:
    """The ticket and message that an event led to, if it is done."""
    if event.state != LeasedState.DONE or event.ticket_id is None:
        return Submitted(event, None, None)
    return Submitted(
        event,
        Ticket.objects.filter(pk=event.ticket_id).first(),
        Message.objects.filter(pk=event.message_id or 0).first(),
    )


def payload_of(event: InboundEvent) -> dict[str, Any]:
    """The raw item read again; `Permanent` when it is not what we wrote."""
    try:
        payload = json.loads(bytes(event.raw or b""))
    except ValueError:
        raise Permanent("the raw item is not JSON") from None
    if not isinstance(payload, dict):
        raise Permanent("the raw item is not an object")
    return payload


def with_order(text: str, order: str) -> tuple[str, dict[str, str]]:
    """The text and custom fields of a message that names an order: a field where the installation has one for it, else
    a line of the text."""
    order = " ".join(order.split())[:60]
    if not order:
        return text, {}
    if CustomField.objects.filter(key=ORDER_FIELD, kind="", is_active=True).exists():
        return text, {ORDER_FIELD: order}
    return f"{text}\n\n{_('Order number: %(order)s') % {'order': order}}", {}
