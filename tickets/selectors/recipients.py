"""Recipients for somebody who may not see addresses whole: masked on the way out, put back on the way in.

What is sent to, and what a draft keeps, are always whole addresses. A masked one that comes back from the page stands for
an address that the ticket knows; one that was typed is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from helpdesk.customers.identities import HIDDEN, mask_email
from helpdesk.customers.models import Identity, IdentityKind
from tickets.models import Direction, Draft, Message, Ticket, TicketParticipant, Visibility
from tickets.outgoing import routes

# Begins where a word does, so that a long line without an address is read once.
_ADDRESS = re.compile(r"(?<![^\s<>\"(),:;，；、])[^\s<>\"(),:;，；、@]+@[^\s<>\"(),:;，；、@]+")


def shown(line: str, is_open: bool) -> str:
    """A line of recipients as the reader may see it."""
    return line if is_open else _ADDRESS.sub(lambda found: mask_email(found[0]), line)


def restored(line: str, known: Sequence[str]) -> str:
    """The line with each masked address replaced by the known one that it stands for; of several that look alike, in their
    order. One that stands for none stays, and is refused as no address."""
    left = list(known)

    def whole(found: re.Match[str]) -> str:
        masked = found[0].lower()
        address = next((one for one in left if mask_email(one) == masked), "")
        if address:
            left.remove(address)
        return address or found[0]

    return _ADDRESS.sub(whole, line) if HIDDEN in line else line


def restored_recipients(ticket: Ticket, staff_id: int, lines: dict[str, str]) -> dict[str, str]:
    """The lines `to`, `cc` and `bcc` with whole addresses; no query when none of them is masked."""
    if not any(HIDDEN in line for line in lines.values()):
        return lines
    draft = Draft.objects.filter(ticket_id=ticket.pk, staff_id=staff_id, visibility=Visibility.PUBLIC).first()
    common = _known_of(ticket)
    kept = draft.recipients if draft is not None else {}
    return {name: restored(line, [*addresses_of(kept.get(name)), *common[name]]) for name, line in lines.items()}


def addresses_of(value: Any) -> list[str]:
    """The addresses of a draft's line, which is text, or pairs where a message was taken back."""
    if isinstance(value, list):
        return [str(address).lower() for _name, address in value]
    return [address.lower() for address in _ADDRESS.findall(str(value or ""))]


def _known_of(ticket: Ticket) -> dict[str, list[str]]:
    """What the composer may have put into each line, the likeliest first."""
    customer = [route.address for route in routes(ticket) if "@" in route.address]
    rows = Identity.objects.filter(customer_id=ticket.customer_id, kind=IdentityKind.EMAIL).order_by(
        "-is_primary", "pk"
    )
    customer += rows.values_list("value", flat=True)
    newest = Message.objects.filter(ticket_id=ticket.pk, direction=Direction.IN).order_by("-pk").first()
    copied = addresses_of((newest.recipients or {}).get("cc", [])) if newest is not None else []
    others = list(
        TicketParticipant.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("address", flat=True)
    )
    return {
        "to": _once([*customer, *others, *copied]),
        "cc": _once([*copied, *others, *customer]),
        "bcc": _once([*others, *copied, *customer]),
    }


def _once(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(address.lower() for address in addresses))
