"""What we write into our own mails so that we know them, and their answers, again: signed reply addresses and a loop mark."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from channels_app.email.parsed import ParsedMail
from channels_app.email.threading import make_plus_tag, plus_address, verify_plus_tag
from helpdesk.core.models import ChannelAccount, Delivery

LOOP_HEADER = "X-Helpdesk-Loop"


def tag_secrets() -> list[bytes]:
    """The keys of reply addresses, the present one first; old keys still open old answers."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(key.encode(), b"mail reply addresses", hashlib.sha256).digest() for key in keys]


def reply_address(account: ChannelAccount, ticket_id: int) -> str:
    """Where an answer on the ticket goes: `support+t12.…@…`, or the plain address where the server knows no plus tags."""
    if not account.config.get("plus_addresses", True):
        return account.address
    return plus_address(account.address, make_plus_tag(str(ticket_id), tag_secrets()[0]))


def ticket_of_tag(tag: str) -> int | None:
    """The ticket that a plus tag of ours names; None for a forged or foreign one."""
    number = verify_plus_tag(tag, tag_secrets())
    return int(number) if number and number.isascii() and number.isdigit() and len(number) < 19 else None


def loop_mark(external_id: str) -> str:
    """The value of the loop header: the delivery's id and its signature, so that it survives a changed Message-ID."""
    return f"{external_id} {_sign(external_id, tag_secrets()[0])}"


def is_own_mail(mail: ParsedMail) -> bool:
    """Whether this very mail was sent by us and has come back (a forwarding rule, two of our accounts writing to each other).

    Decided by our signature or by the id of one of our deliveries; colleagues share our domain, so that says nothing.
    """
    for value in mail.header_values(LOOP_HEADER):
        external_id, _, signature = value.strip().partition(" ")
        if any(hmac.compare_digest(signature, _sign(external_id, key)) for key in tag_secrets()):
            return True
    if mail.message_id is None or not mail.message_id.startswith("hd."):
        return False
    return Delivery.objects.filter(external_id=mail.message_id).exists()


def _sign(external_id: str, key: bytes) -> str:
    return hmac.new(key, b"loop:" + external_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
