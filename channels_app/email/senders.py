"""Who wrote a mail, and where they want the answer. From decides; nothing in a mail is proof, so little hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

from channels_app.email.directory import Directory
from channels_app.email.parsed import Address, ParsedMail
from helpdesk.customers.identities import Known, email, normalise_email
from helpdesk.customers.models import IdentityKind


@dataclass(frozen=True)
class Sender:
    """The author: identity, name, normalised address (empty when nobody could be named), and another address for answers."""

    known: Known
    name: str
    address: str
    answer_to: tuple[str, str] | None = None


def sender_of(mail: ParsedMail, *, envelope_from: str, event_id: str, ours: Directory) -> Sender:
    """The author by From, else Sender, Reply-To or the envelope; a mail that names nobody gets an identity of its own."""
    candidates = [mail.from_, mail.sender, *mail.reply_to[:1], Address("", envelope_from.strip("<> "))]
    for candidate in candidates:
        known = email(candidate.address) if candidate is not None and candidate.address else None
        if known is not None and candidate is not None:
            name = candidate.name if candidate.name and "@" not in candidate.name else ""
            return Sender(known, name, known.value, _answer_to(mail, known.value, ours))
    name = mail.from_.name if mail.from_ is not None else ""
    return Sender(Known(IdentityKind.EXTERNAL, f"mail:{event_id}"[:320], scope="mail"), name, "")


def _answer_to(mail: ParsedMail, author: str, ours: Directory) -> tuple[str, str] | None:
    """Reply-To, when it names one foreign address other than the author's and the mail is not known to be forged.

    It only says where answers go, never who writes, and intake heeds it for the mail that opens a ticket alone: there
    nothing can leak that the writer did not write.
    """
    addresses = [value for item in mail.reply_to if (value := normalise_email(item.address))]
    if (
        len(set(addresses)) != 1
        or addresses[0] == author
        or ours.is_ours(addresses[0])
        or mail.authentication.is_forged
    ):
        return None
    return (mail.reply_to[0].name[:160], addresses[0])


def recipients_of(mail: ParsedMail, author: str, ours: Directory) -> dict[str, list[tuple[str, str]]]:
    """`to` and `cc` as (name, address), without our own addresses and the author.

    People addressed beside us in To take part like those in Cc. When no address of ours is named at all (an alias that we
    do not know, a blind copy), To is kept for reading only, since one of them is us.
    """
    to, cc = _pairs(mail.to), _pairs(mail.cc)
    names_us = any(ours.is_ours(address) for _, address in (*to, *cc))
    others = [pair for pair in to if not ours.is_ours(pair[1])]
    copied = [pair for pair in cc if not ours.is_ours(pair[1])]
    if names_us:
        copied, others = [*others, *copied], [pair for pair in to if ours.is_ours(pair[1])]
    unique = {address: (name, address) for name, address in reversed(copied) if address != author}
    found = {"to": others, "cc": list(reversed(unique.values()))}
    return {name: pairs for name, pairs in found.items() if pairs}


def _pairs(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(item.name[:160], value) for item in addresses[:100] if (value := normalise_email(item.address))]
