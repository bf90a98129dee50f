"""Rules of the policy in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from aftersales.approvals.models import Side
from aftersales.claims.models import Claim, ClaimKind, Outcome, Reason, Verdict
from aftersales.policy.facts import FIELDS, Field, Shape


def choice_labels(field: Field) -> dict[str, Any]:
    """Value → label of a field's choices."""
    if field.key == "reason":
        return dict(Reason.choices)
    return {str(key): label for key, label in (field.choices() if field.choices else ())}


def value_words(key: str, values: Sequence[Any]) -> str:
    """What a condition compares with, in words; of several any one suffices."""
    field = FIELDS[key]
    if field.shape == Shape.FLAG:
        return pgettext("condition", "yes") if values and values[0] else pgettext("condition", "no")
    labels = choice_labels(field)
    words = pgettext("one of several", " or ").join(str(labels.get(str(value), value)) for value in values)
    return f"{words} {field.unit}" if field.unit else words


def condition_words(row: Mapping[str, Any]) -> str:
    """“Days since delivery: at most 7 days”."""
    field = FIELDS[row["field"]]
    words = value_words(field.key, row["values"])
    if field.shape != Shape.FLAG and row["op"] in _COMPARED:
        words = str(_COMPARED[row["op"]]) % {"value": words}
    return pgettext("condition", "%(field)s: %(value)s") % {"field": field.label, "value": words}


_COMPARED: dict[str, Any] = {
    "at_most": pgettext_lazy("condition", "at most %(value)s"),
    "at_least": pgettext_lazy("condition", "at least %(value)s"),
    "above": pgettext_lazy("condition", "above %(value)s"),
    "below": pgettext_lazy("condition", "below %(value)s"),
    "is_not": pgettext_lazy("condition", "not %(value)s"),
    "has_not": pgettext_lazy("condition", "not %(value)s"),
}


def fact_words(key: str, actual: Any) -> str:
    """What a fact is, for who compares it with a condition."""
    if actual is None:
        return _("not known")
    field = FIELDS[key]
    if field.shape == Shape.TAGS:
        return value_words(key, list(actual)) if actual else _("none")
    if field.shape == Shape.CHOICE and actual == "":
        return _("not known")
    return value_words(key, [actual])


def grant_words(grant: Mapping[str, Any]) -> list[str]:
    """What comes with a verdict, a line each."""
    found = []
    if grant.get("freight"):
        found.append(freight_words()[grant["freight"]])
    if grant.get("approvals"):
        sides = pgettext("list", ", ").join(str(Side(side).label) for side in grant["approvals"])
        found.append(_("Decided jointly by: %(sides)s") % {"sides": sides})
    if grant.get("outcomes"):
        labels = dict(Outcome.choices)
        outcomes = pgettext("list", ", ").join(str(labels.get(one, one)) for one in grant["outcomes"])
        found.append(_("The customer may choose: %(outcomes)s") % {"outcomes": outcomes})
    if grant.get("settles_on_scan"):
        found.append(_("Paid out on the carrier's first scan"))
    if grant.get("needs_quote"):
        found.append(_("Quoted, and accepted by the customer, before anything is done"))
    if grant.get("keep_below") is not None:
        found.append(_("Below %(amount)s the customer keeps the item") % {"amount": grant["keep_below"]})
    if grant.get("depreciation_percent"):
        found.append(_("%(percent)s %% is taken off for each day of use") % {"percent": grant["depreciation_percent"]})
    return found


def freight_words() -> dict[str, str]:
    """Who pays for the way back."""
    return {
        "customer": _("The customer pays for the way back"),
        "company": _("We pay for the way back"),
        "repaid": _("The customer pays for the way back and is repaid"),
    }


def rule_lines(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored rule as pages show it."""
    until = row.get("until")
    return {
        "key": row["key"],
        "kinds": [ClaimKind(kind).label for kind in row["kinds"]],
        "conditions": [condition_words(one) for one in row.get("when", ())],
        "verdict": row["verdict"],
        "verdict_label": Verdict(row["verdict"]).label,
        "words": row["words"],
        "until": until_words(until) if until else "",
        "grants": grant_words(row.get("grant", {})),
    }


def until_words(until: Mapping[str, Any]) -> str:
    """From when the days of a rule are counted."""
    if until["from"] == "warranty":
        return _("until the warranty ends")
    if until["from"] == "order":
        return _("until %(days)d days after the order") % {"days": until["days"]}
    return _("until %(days)d days after delivery") % {"days": until["days"]}


# --- What an application says beside its lines -------------------------------------------------------------------------
_PARTS = ("recipient", "name", "phone", "region", "province", "city", "district", "street", "address", "postcode")


def address_words(given: Any) -> str:
    """An address in one line; empty when there is none."""
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        return ""
    return " ".join(str(given[part]) for part in _PARTS if isinstance(given.get(part), str | int) and given[part])


def detail_lines(claim: Claim) -> list[tuple[str, str]]:
    """What the customer answered and what the kind needs: (label, words)."""
    details = claim.details
    yes, no = pgettext("condition", "yes"), pgettext("condition", "no")
    answers = [
        ("is_opened", pgettext("goods", "Opened")),
        ("is_used", pgettext("goods", "Used")),
        ("is_complete", _("Complete")),
    ]
    found = [(label, yes if details[name] else no) for name, label in answers if isinstance(details.get(name), bool)]
    if details.get("price_drop"):
        found.append((_("Became cheaper by"), f"{details['price_drop']} {claim.currency}"))
    redirect = details.get("redirect")
    if isinstance(redirect, Mapping) and redirect.get("wanted") == "stop":
        found.append((_("Wanted"), _("stop it and send it back")))
    elif said := address_words(redirect):
        found.append((_("New address"), said))
    if said := address_words(details.get("address")):
        found.append((_("Address"), said))
    invoice = details.get("invoice")
    if isinstance(invoice, Mapping):
        parts = [str(invoice.get(name) or "") for name in ("title", "tax_number", "email")]
        found.append((_("Invoice"), " · ".join(part for part in parts if part)))
    if details.get("invoice_number"):
        found.append((_("Number of the invoice"), str(details["invoice_number"])))
    return found


def quote_lines(claim: Claim) -> list[Mapping[str, Any]]:
    """The lines of the quote that was sent, if any."""
    quote = claim.details.get("quote")
    lines = quote.get("lines", ()) if isinstance(quote, Mapping) else ()
    return [line for line in lines if isinstance(line, Mapping)]
