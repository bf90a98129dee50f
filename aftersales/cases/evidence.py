"""What goes into an evidence pack: everything that was said and done about a case, as an authority may read it.

Internal notes, and what staff wrote for colleagues, stay out; so does the case's own ticket where it is only our work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aftersales.cases.models import CaseFile
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Claim, ClaimFile, ClaimMove
from helpdesk.core.actors import ActorKind
from tickets.models import Attachment, Direction, Message, Ticket, Visibility

MOST_MESSAGES = 5000


@dataclass(frozen=True)
class Step:
    """One line of the timeline: what was done, by whom, and what was said with it."""

    at: datetime
    number: str
    what: str
    who: str
    words: str = ""


@dataclass(frozen=True)
class Said:
    """One message of the conversation, with the names of its files in the pack."""

    at: datetime
    ticket: str
    is_customers: bool
    who: str
    channel: str
    text: str
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """A file of the pack before it is read: its path there, and where its bytes are."""

    path: str
    source: str
    attachment: Attachment


@dataclass(frozen=True)
class Evidence:
    """All of it; read in a fixed number of queries."""

    claim: Claim
    case: CaseFile
    claims: list[Claim]
    lines: list[dict[str, Any]]
    timeline: list[Step]
    messages: list[Said]
    files: list[Held]
    made_at: datetime


def gather(claim: Claim) -> Evidence:
    """The evidence of a case: its claim, and the claim of ours that it is about with its conversation."""
    case = CaseFile.objects.select_related("about__ticket", "about__order", "about__customer").get(pk=claim.pk)
    claims = [claim, *([case.about] if case.about is not None else [])]
    ids = [one.pk for one in claims]
    numbers = {one.pk: one.number for one in claims}
    moves = list(ClaimMove.objects.filter(claim_id__in=ids).order_by("at", "pk"))
    kinds = {one.pk: one.kind for one in claims}
    files = list(_claim_files(ids, numbers))
    messages, attached = _messages([one.ticket_id for one in claims], start=len(files))
    return Evidence(
        claim=claim,
        case=case,
        claims=claims,
        lines=[_line(one, line) for one in claims for line in one.loaded_lines],
        timeline=[_step(one, numbers[one.claim_id], kinds[one.claim_id]) for one in moves],
        messages=messages,
        files=[*files, *attached],
        made_at=timezone.now(),
    )


def _line(claim: Claim, line: Any) -> dict[str, Any]:
    return {
        "claim": claim.number,
        "product": line.product.label,
        "sku": line.product.sku,
        "serial": line.serial,
        "quantity": line.quantity,
        "received": line.received_quantity,
        "condition": line.get_condition_display() if line.condition else "",
    }


def _step(move: ClaimMove, number: str, kind: str) -> Step:
    known = MACHINES[kind].find(move.name, move.from_state)
    state = MACHINES[kind].by_key[move.to_state]
    what = pgettext("claim history", "Applied") if move.name == "open" else str(known.label if known else move.name)
    return Step(move.at, number, f"{what} → {state.label}", _who(move.by_kind, move.by_name), move.words)


def _who(kind: str, name: str) -> str:
    if kind == ActorKind.CUSTOMER:
        return pgettext("evidence", "the customer")
    return name or pgettext("evidence", "the company's system")


def _claim_files(ids: list[int], numbers: dict[int, str]) -> Iterator[Held]:
    rows = ClaimFile.objects.filter(claim_id__in=ids).select_related("attachment").order_by("pk")
    for nth, row in enumerate(rows, 1):
        source = f"{numbers[row.claim_id]} · {row.get_purpose_display()}"
        yield Held(_path(nth, row.attachment.name), source, row.attachment)


def _messages(ticket_ids: list[int], *, start: int) -> tuple[list[Said], list[Held]]:
    """The public messages of the tickets in their order, without what the product said by itself to nobody."""
    rows = (
        Message.objects.filter(ticket_id__in=ticket_ids, visibility=Visibility.PUBLIC)
        .select_related("ticket")
        .prefetch_related("attachments")
        .order_by("created_at", "pk")[:MOST_MESSAGES]
    )
    said, held = [], []
    for row in rows:
        if row.direction == Direction.OUT and row.released_at is None:
            continue
        paths = []
        for attachment in row.attachments.all():
            start += 1
            one = Held(_path(start, attachment.name), row.ticket.number, attachment)
            held.append(one)
            paths.append(one.path)
        said.append(_said(row, row.ticket, paths))
    return said, held


def _said(row: Message, ticket: Ticket, paths: list[str]) -> Said:
    return Said(
        at=row.created_at,
        ticket=ticket.number,
        is_customers=row.direction == Direction.IN,
        who=row.author_name or _who(row.author_kind, ""),
        channel=row.channel_kind,
        text=row.text,
        files=paths,
    )


def _path(nth: int, name: str) -> str:
    """`files/003-receipt.jpg`: numbered, so that two of one name stay two; nothing of a name leads out of the folder."""
    safe = "".join(c if c.isalnum() or c in "._- ()" else "_" for c in name).strip(" .") or "file"
    return f"files/{nth:03d}-{safe[-80:]}"


def left_out_words() -> str:
    """Why a file is listed and not in the pack."""
    return _("not in this pack: too large together, or its bytes are gone")
