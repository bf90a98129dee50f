"""The arguments of moves: what each is, how it is checked. Forms and the API ask for those that a move names (`Move.asks`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from aftersales.claims.machines import Move
from aftersales.claims.models import Cause, Claim, Condition, Outcome
from aftersales.claims.services.files import PICTURES, PURPOSE_OF_MOVE, few, photos
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Invalid
from tickets.services.files import NewFile

MOST_WORDS = 4000
MOST_AMOUNT = Decimal(10) ** 10
# 0E+999999 is nought to Python and too long for the database.
MOST_EXPONENT = 10
MOST_REFUSAL, MOST_TITLE, MOST_NUMBER = 40, 120, 60
INVOICE_KINDS = ("personal", "company")
# The unified social credit code has 18 characters; older tax numbers have 15 to 20.
_TAX_NUMBER = re.compile(r"[0-9A-Za-z]{15,20}")

Cleaner = Callable[[Claim, str, Any], Any]


def clean_arguments(claim: Claim, move: Move, given: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """The move's arguments, checked; `Invalid` names each that is missing or wrong. What no cleaner knows is refused too,
    unless a higher room takes it (`TAKEN_ABOVE`)."""
    kept: dict[str, Any] = {"by_staff": by.kind == ActorKind.STAFF}
    wrong: dict[str, Any] = {}
    for name in move.asks:
        if name in TAKEN_ABOVE:
            kept[name] = given.get(name)
            continue
        try:
            kept[name] = _cleaner(move, name)(claim, name, given.get(name))
        except Invalid as refusal:
            wrong |= refusal.fields
    if wrong:
        raise Invalid(fields=wrong)
    return kept


def _cleaner(move: Move, name: str) -> Cleaner:
    """Photos of goods have to be pictures; papers may be anything."""
    if name == "files" and PURPOSE_OF_MOVE.get(move.name) in PICTURES:
        return _photos
    return CLEANERS[name]


def money(name: str, given: Any) -> Decimal | None:
    """An amount with at most two decimals, not negative; None when nothing was given."""
    if given in (None, ""):
        return None
    try:
        amount = Decimal(str(given).strip().replace(",", ""))
    except InvalidOperation:
        raise Invalid(fields={name: _("Enter an amount such as 129.90.")}) from None
    exponent = amount.as_tuple().exponent
    if not amount.is_finite() or not isinstance(exponent, int) or not -2 <= exponent <= MOST_EXPONENT:
        raise Invalid(fields={name: _("Enter an amount such as 129.90.")})
    if amount < 0 or amount > MOST_AMOUNT:
        raise Invalid(fields={name: _("Enter an amount such as 129.90.")})
    return amount


def _amount(claim: Claim, name: str, given: Any) -> Decimal | None:
    amount = money(name, given)
    if amount is not None and amount < claim.paid_amount:
        raise Invalid(fields={name: _("%(amount)s has been paid out already.") % {"amount": claim.paid_amount}})
    return amount


def _outcome(claim: Claim, name: str, given: Any) -> str:
    if not given:
        return ""
    if given not in Outcome.values:
        raise Invalid(fields={name: _("Choose one of the listed outcomes.")})
    return str(given)


def _text(claim: Claim, name: str, given: Any) -> str:
    words = str(given or "").replace("\x00", "").strip()
    if len(words) > MOST_WORDS:
        raise Invalid(fields={name: _("Use at most %(most)d characters.") % {"most": MOST_WORDS}})
    return words


def _needed_text(claim: Claim, name: str, given: Any) -> str:
    words = _text(claim, name, given)
    if not words:
        raise Invalid(fields={name: _("Write a few words.")})
    return words


def _refusal(claim: Claim, name: str, given: Any) -> str:
    words = _needed_text(claim, name, given)
    if len(words) > MOST_REFUSAL:
        raise Invalid(fields={name: _("Use at most %(most)d characters.") % {"most": MOST_REFUSAL}})
    return words


def _invoice_number(claim: Claim, name: str, given: Any) -> str:
    words = _needed_text(claim, name, given)
    if len(words) > MOST_NUMBER:
        raise Invalid(fields={name: _("Use at most %(most)d characters.") % {"most": MOST_NUMBER}})
    return words


def _invoice(claim: Claim, name: str, given: Any) -> dict[str, str]:
    """Whom an invoice is for: `kind` (personal, company), `title`, for a company `tax_number`, and `email` to send it to;
    what is left out is taken from the application."""
    known = claim.details.get("invoice")
    values = {**(known if isinstance(known, Mapping) else {}), **(given if isinstance(given, Mapping) else {})}
    found = {
        key: str(values.get(key) or "").replace("\x00", "").strip() for key in ("kind", "title", "tax_number", "email")
    }
    found["kind"] = found["kind"] or "personal"
    if found["kind"] not in INVOICE_KINDS:
        raise Invalid(fields={name: _("Say whether the invoice is for a person or a company.")})
    if not found["title"] or len(found["title"]) > MOST_TITLE:
        raise Invalid(fields={name: _("Give the name that the invoice is made out to.")})
    if found["kind"] == "company" and not _TAX_NUMBER.fullmatch(found["tax_number"]):
        raise Invalid(fields={name: _("Give the company's tax number of 15 to 20 letters and digits.")})
    if found["email"]:
        try:
            validate_email(found["email"])
        except ValidationError:
            raise Invalid(fields={name: _("Enter a valid email address.")}) from None
    return found


def _cause(claim: Claim, name: str, given: Any) -> Cause | None:
    if not given:
        return claim.cause
    found = Cause.objects.filter(key=str(given)[:40], is_active=True).first()
    if found is None:
        raise Invalid(fields={name: _("Choose one of the listed causes.")})
    return found


def _agreement(claim: Claim, name: str, given: Any) -> bool:
    return given in (True, "true", "1", "on", "yes")


def _per_line(claim: Claim, name: str, given: Any) -> dict[int, Any]:
    if not isinstance(given, Mapping):
        raise Invalid(fields={name: _("Say it for each line.")})
    known = {str(line.pk): line for line in claim.loaded_lines}
    if unknown := set(map(str, given)) - set(known):
        raise Invalid(fields={name: _("This claim has no line %(line)s.") % {"line": min(unknown)}})
    return {known[str(pk)].pk: value for pk, value in given.items()}


def _count(name: str, given: Any, most: int) -> int:
    try:
        count = int(given)
    except (TypeError, ValueError, OverflowError):
        count = -1
    if not 0 <= count <= most:
        raise Invalid(fields={name: _("Enter a number from 0 to %(most)d.") % {"most": most}})
    return count


def _received(claim: Claim, name: str, given: Any) -> list[tuple[Any, int]]:
    """How many of each line came; none at all is not a receipt."""
    counts = _per_line(claim, name, given)
    found = [(line, _count(name, counts.get(line.pk, 0), line.quantity)) for line in claim.loaded_lines]
    if not any(count for _line, count in found):
        raise Invalid(fields={name: _("Say how many came.")})
    return found


def _inspection(claim: Claim, name: str, given: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The condition of every line that came, and how many of it are damaged."""
    values = _per_line(claim, name, given)
    found = []
    for line in claim.loaded_lines:
        if not line.received_quantity:
            continue
        value = values.get(line.pk)
        if not isinstance(value, Mapping) or value.get("condition") not in Condition.values:
            raise Invalid(fields={name: _("Give the condition of everything that was received.")})
        damaged = _count(name, value.get("damaged", 0) or 0, line.received_quantity)
        remark = _text(claim, name, value.get("remark"))[:300]
        found.append((line, {"condition": value["condition"], "damaged": damaged, "remark": remark}))
    return found


def _photos(claim: Claim, name: str, given: Any) -> list[NewFile]:
    return photos(_files(claim, name, given), field=name)


def _files(claim: Claim, name: str, given: Any) -> list[NewFile]:
    if not given:
        return []
    if not isinstance(given, Sequence) or not all(isinstance(one, NewFile) for one in given):
        raise Invalid(fields={name: _("Send files.")})
    return few(given, field=name)


CLEANERS: dict[str, Cleaner] = {
    "outcome": _outcome,
    "amount": _amount,
    "note": _text,
    "words": _needed_text,
    "refusal": _refusal,
    "cause": _cause,
    "plan": _needed_text,
    "agreement": _agreement,
    "received": _received,
    "inspection": _inspection,
    "work": _text,
    "files": _files,
    "invoice": _invoice,
    "invoice_number": _invoice_number,
}
# Checked by the participant of the room that they belong to.
TAKEN_ABOVE = frozenset({"approvers", "parcel", "payout", "quote", "part", "slot"})
