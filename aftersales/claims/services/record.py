"""What is kept on a claim's record beside its moves: who leads it, what caused it, what was learnt, the number that others
know it by, and the exception by which it may close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.access import can_see
from aftersales.claims.errors import ClaimChanged
from aftersales.claims.models import Cause, Claim
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.claims.services.moving import changing_claim
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_EXCEPT, CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid

_LENGTHS = {"lesson": MOST_WORDS, "external_number": 80, "exception": 300}


def change_record(claim_id: int, values: Mapping[str, Any], *, by: Actor, row_version: int | None = None) -> Claim:
    """Write `handler` (a person's id or None), `cause` (a key or empty), `lesson`, `external_number` or `exception`; announces
    claim.recorded with the names of what changed. What is not named stays.

    Refuses (`Forbidden`) who does not work on claims, an exception by anybody but those who may make one, (`Invalid`) a handler
    or cause that cannot be chosen, and (`ClaimChanged`) when the claim changed since `row_version`.
    """
    with changing_claim(claim_id, "change_claim_record", by=by, sees=can_see) as (claim, change):
        _require(by, values)
        if row_version is not None and row_version != claim.row_version:
            raise ClaimChanged(row_version=claim.row_version)
        cleaned = {name: _CLEANERS[name](claim, values[name]) for name in _CLEANERS if name in values}
        changed = [name for name, value in cleaned.items() if getattr(claim, name) != value]
        if not changed:
            return claim
        for name in changed:
            setattr(claim, name, cleaned[name])
        claim.row_version += 1
        claim.save(update_fields=[*changed, "row_version"])
        change.announce("claim.recorded", claim=claim.pk, kind=claim.kind, fields=sorted(changed))
        change.set(last_activity_at=change.now)
    return claim


def _require(by: Actor, values: Mapping[str, Any]) -> None:
    if by.is_trusted:
        return
    if by.staff is None or not by.staff.can(CLAIM_WORK):
        raise Forbidden
    if values.get("exception") and not by.staff.can(CLAIM_EXCEPT):
        raise Forbidden


def _handler(claim: Claim, given: Any) -> Staff | None:
    if given in (None, ""):
        return None
    if str(given) == str(claim.handler_id):
        return claim.handler
    text = str(given)
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    person = Staff.objects.filter(pk=int(text)).first() if is_id else None
    if person is None or not person.can(CLAIM_WORK):
        raise Invalid(fields={"handler": _("Choose somebody who works on claims.")})
    return person


def _cause(claim: Claim, given: Any) -> Cause | None:
    if not given:
        return None
    found = Cause.objects.filter(key=str(given)[:40]).first()
    if found is None or not (found.is_active or found.pk == claim.cause_id):
        raise Invalid(fields={"cause": _("Choose one of the listed causes.")})
    return found


def _text(name: str) -> Any:
    def clean(claim: Claim, given: Any) -> str:
        words = str(given or "").replace("\x00", "").strip()
        if len(words) > _LENGTHS[name]:
            raise Invalid(fields={name: _("Use at most %(most)d characters.") % {"most": _LENGTHS[name]}})
        return words

    return clean


_CLEANERS: dict[str, Any] = {
    "handler": _handler,
    "cause": _cause,
    "lesson": _text("lesson"),
    "external_number": _text("external_number"),
    "exception": _text("exception"),
}
