"""Signing in to the portal by a link in a mail or a code by SMS.

Nobody learns from it who is a customer. Asking does the same work for a known and an unknown address: it counts, writes
one row with the sealed address and queues one job; only the job looks the address up. What goes out is derived from the
row and the secret key when the outbox renders it, so no job, delivery or log ever holds a link or a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from helpdesk.core import jobs, throttle
from helpdesk.core.actors import Actor
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.outgoing import queue_delivery
from helpdesk.core.secrets import all_derived, derived, open_sealed, same, seal, token_hash
from helpdesk.customers.errors import CodeWrong, LinkUsedUp
from helpdesk.customers.identities import Known, normalise_email, normalise_phone
from helpdesk.customers.models import Customer, Identity, IdentityKind, SignInToken, SignInTokenKind
from helpdesk.customers.sessions import start_session

LINK_PURPOSE = "customers.sign_in_link"
CODE_PURPOSE = "customers.sign_in_code"
JOB = "customers.send_sign_in"
LINK_LIVES = timedelta(minutes=30)
CODE_LIVES = timedelta(minutes=10)
CODE_ATTEMPTS = 5
_CODE_DIGITS = 6
_REFERENCE_SALT = "portal-code"

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN_MINUTES = timedelta(minutes=10)
# (what is counted, most uses, window): per address or number, per asker's address, and for SMS the whole house per day,
# since each message costs money and numbers can be had by the thousand
ASKING = [("to", 5, HOUR), ("to", 10, DAY), ("from", 10, TEN_MINUTES), ("from", 60, DAY)]
TRYING = [("from", 20, TEN_MINUTES), ("from", 100, DAY)]
CODES_PER_DAY = 3000


@dataclass(frozen=True)
class SignedIn:
    """A customer who came in: the session's token for the cookie, and the page that they wanted."""

    customer: Customer
    session_token: str
    next_path: str


def read_entry(text: str) -> Known | None:
    """What was typed into the one field: an e-mail address or a phone number; None when it is neither."""
    text = text.strip()
    if "@" in text or "＠" in text:
        value = normalise_email(text)
        return Known(IdentityKind.EMAIL, value) if value else None
    number = normalise_phone(text, region=settings.DEFAULT_PHONE_REGION)
    return Known(IdentityKind.PHONE, number) if number else None


def sending_account(kind: str) -> ChannelAccount | None:
    """The account over which links (`email`) or codes (`phone`) leave."""
    channel = ChannelKind.EMAIL if kind == IdentityKind.EMAIL else ChannelKind.SMS
    return ChannelAccount.objects.filter(kind=channel, is_active=True).order_by("pk").first()


def _count(limits: list[tuple[str, int, timedelta]], what: str, **values: str) -> None:
    if "from" in values:
        values["from"] = throttle.asker(values["from"])
    for name, most, window in limits:
        if name in values:
            key = f"portal-{what}:{name}:{int(window.total_seconds())}:{token_hash(values[name])[:32]}"
            throttle.limit(key, most, per=window)


def ask_to_sign_in(entry: Known, *, client: str, language: str, next_path: str = "") -> SignInToken:
    """Note that somebody wants a link or code; `TooMany` beyond the limits per address, asker and day."""
    _count(ASKING, "ask", to=f"{entry.kind}:{entry.value}", **{"from": client})
    is_code = entry.kind == IdentityKind.PHONE
    if is_code:
        throttle.limit("portal-codes", CODES_PER_DAY, per=DAY)
    with transaction.atomic():
        token = SignInToken.objects.create(
            kind=SignInTokenKind.CODE if is_code else SignInTokenKind.LINK,
            sealed=seal({"kind": str(entry.kind), "value": entry.value}),
            language=language[:10],
            next_path=next_path[:300],
            expires_at=timezone.now() + (CODE_LIVES if is_code else LINK_LIVES),
        )
        jobs.enqueue(JOB, queue="events", token=token.pk)
    return token


@transaction.atomic
def send_sign_in(token_id: int) -> bool:
    """The job: when somebody has the address, queue the mail or SMS; when nobody has it, nothing leaves the house."""
    token = SignInToken.objects.select_for_update(no_key=True).filter(pk=token_id, used_at__isnull=True).first()
    if token is None or not token.sealed or token.expires_at <= timezone.now():
        return False
    address = open_sealed(token.sealed)
    known = Identity.objects.filter(kind=address.get("kind"), scope="", value=address.get("value"))
    identity = known.filter(may_sign_in=True).first()
    account = sending_account(identity.kind) if identity else None
    token.sealed = ""
    if identity is not None and account is not None:
        token.identity = identity
        token.hash = token_hash(link_text(token) if token.kind == SignInTokenKind.LINK else _code_proof(token))
    token.save(update_fields=["sealed", "identity", "hash"])
    if identity is None or account is None:
        return False
    queue_delivery(
        account,
        purpose=LINK_PURPOSE if token.kind == SignInTokenKind.LINK else CODE_PURPOSE,
        subject_id=token.pk,
        address=identity.value,
        dedupe_key=f"sign-in:{token.pk}",
    )
    return True


# --- What is derived -------------------------------------------------------------------------------------------------
def _parts(token: SignInToken) -> tuple[object, ...]:
    return (token.pk, token.created_at.timestamp())


def link_text(token: SignInToken) -> str:
    """The secret part of the link, made anew from the row; after a change of the secret key, the one that was promised."""
    candidates = all_derived("sign-in-link", *_parts(token))
    return next((text for text in candidates if same(token_hash(text), token.hash)), candidates[0])


def code_text(token: SignInToken) -> str:
    """The six digits, made anew from the row."""
    digest = derived("sign-in-code", *_parts(token))
    return f"{int(token_hash(digest), 16) % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}"


def _code_proof(token: SignInToken, code: str | None = None) -> str:
    """What is hashed for a code: six digits alone could be found from their hash by trying all."""
    return derived("sign-in-code-proof", token.pk, code if code is not None else code_text(token))


# --- Coming in -------------------------------------------------------------------------------------------------------
def find_link(text: str) -> SignInToken | None:
    """The unused, living token of a link; looking changes nothing, because mail scanners look."""
    if not 20 <= len(text) <= 100:
        return None
    return (
        SignInToken.objects.select_related("identity")
        .filter(hash=token_hash(text), kind=SignInTokenKind.LINK, used_at__isnull=True, expires_at__gt=timezone.now())
        .first()
    )


def sign_in_by_link(text: str, *, client: str) -> SignedIn:
    """Use the link up and begin a session; `LinkUsedUp` when it was used, is too old or never was."""
    _count(TRYING, "try", **{"from": client})
    with transaction.atomic():
        found = find_link(text)
        token = SignInToken.objects.select_for_update(no_key=True).get(pk=found.pk) if found else None
        if token is None or token.used_at is not None:
            raise LinkUsedUp
        return _come_in(token)


def code_reference(token: SignInToken) -> str:
    """What the code's page carries: the row's id, signed, for as long as the code lives; the same shape for everybody."""
    return TimestampSigner(salt=_REFERENCE_SALT).sign(str(token.pk))


def read_reference(reference: str) -> int:
    """The row's id of a code's page; `CodeWrong` when it was made up or is too old."""
    try:
        return int(TimestampSigner(salt=_REFERENCE_SALT).unsign(reference[:200], max_age=CODE_LIVES))
    except (BadSignature, SignatureExpired, ValueError):
        raise CodeWrong from None


def sign_in_by_code(reference: str, code: str, *, client: str) -> SignedIn:
    """Check the code and begin a session; `CodeWrong` after five tries, whatever is typed. Each try is committed before
    the answer, and compared in constant time, also where no code was ever sent."""
    _count(TRYING, "try", **{"from": client})
    token_id = read_reference(reference)
    digits = "".join(c for c in code if c.isdecimal())[:_CODE_DIGITS]
    counted = SignInToken.objects.filter(
        pk=token_id, attempts__lt=CODE_ATTEMPTS, used_at__isnull=True, expires_at__gt=timezone.now()
    ).update(attempts=F("attempts") + 1)
    with transaction.atomic():
        token = SignInToken.objects.select_for_update(no_key=True).filter(pk=token_id).first()
        if token is None:
            raise CodeWrong
        is_right = same(token_hash(_code_proof(token, _as_ascii(digits))), token.hash or token_hash("nothing was sent"))
        if not counted or not is_right or token.used_at is not None or token.identity_id is None:
            raise CodeWrong
        return _come_in(token)


def _as_ascii(digits: str) -> str:
    """Digits as people type them in any script (full-width on a Chinese keyboard)."""
    return "".join(str(int(c)) for c in digits)


def _come_in(token: SignInToken, now: datetime | None = None) -> SignedIn:
    now = now or timezone.now()
    identity = token.identity
    if identity is None:
        raise LinkUsedUp
    # whoever holds one proof needs the others no more
    SignInToken.objects.filter(identity=identity, used_at__isnull=True).update(used_at=now)
    if not identity.is_verified:
        Identity.objects.filter(pk=identity.pk).update(is_verified=True)
    customer = identity.customer.merged_into or identity.customer
    announce(
        Announcement(
            "customer.signed_in", "customer", customer.pk, customer_id=customer.pk, data={"by": str(token.kind)}
        ),
        by=Actor.of_customer(customer, origin="portal"),
        at=now,
    )
    return SignedIn(customer, start_session(customer, identity, now=now), token.next_path)
