"""What a kind of claim needs beside its lines, as an application may say it.

Only what an applicant can know is taken. What the product itself keeps in `Claim.details` (whether there are photos, a quote,
the number of an invoice) comes from its own verbs: an application that names it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.models import Outcome
from aftersales.claims.services.arguments import money
from helpdesk.core.errors import Invalid
from helpdesk.core.plain import plain

MOST_PARTS, MOST_PART = 20, 600


def clean_details(given: Mapping[str, Any]) -> dict[str, Any]:
    """The known details in their shapes; `Invalid` (field `details`) names what is unknown or of another shape."""
    found: dict[str, Any] = {}
    for name, value in plain(dict(given), field="details").items():
        cleaner = _CLEANERS.get(name)
        if cleaner is None:
            raise _wrong(name)
        if value not in (None, ""):
            found[name] = cleaner(name, value)
    return found


def _wrong(name: object) -> Invalid:
    return Invalid(fields={"details": _("“%(name)s” cannot be said here, or not so.") % {"name": str(name)[:40]}})


def _answer(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name)
    return value


def _amount(name: str, value: Any) -> str:
    if isinstance(value, bool | dict | list):
        raise _wrong(name)
    return str(money("details", value))


def _outcome(name: str, value: Any) -> str:
    if value not in Outcome.values:
        raise _wrong(name)
    return str(value)


def _parts(name: str, value: Any) -> dict[str, Any]:
    """A flat object of texts and numbers, such as an address in its parts."""
    if not isinstance(value, Mapping) or len(value) > MOST_PARTS:
        raise _wrong(name)
    for part, said in value.items():
        is_short = said is None or (isinstance(said, str | int | float) and len(str(said)) <= MOST_PART)
        if not is_short or len(str(part)) > 40:
            raise _wrong(name)
    return dict(value)


def _place(name: str, value: Any) -> str | dict[str, Any]:
    """An address in one line, or in its parts."""
    if isinstance(value, str):
        if len(value) > MOST_PART:
            raise _wrong(name)
        return value
    return _parts(name, value)


_CLEANERS: dict[str, Callable[[str, Any], Any]] = {
    "is_opened": _answer,
    "is_complete": _answer,
    "is_used": _answer,
    "price_now": _amount,
    "price_drop": _amount,
    "outcome": _outcome,
    "address": _place,
    "redirect": _place,
    "invoice": _parts,
}
