"""What a rule must be before it is kept; refusals name the rule and say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from aftersales.policy.facts import FIELDS, OPERATORS, Shape
from helpdesk.core.errors import Invalid

KINDS = frozenset(
    {
        "return",
        "exchange",
        "repair",
        "refund_only",
        "missing_parts",
        "installation",
        "delivery_installation",
        "price_protection",
        "invoice",
        "address_change",
        "complaint",
        "case",
    }
)
VERDICTS = ("allowed", "needs_approval", "refused")
FREIGHT = ("", "customer", "company", "repaid")
SINCE = ("delivery", "order", "warranty")
SIDES = ("business", "supply_chain")
LANGUAGES = ("en", "zh-hans")
MOST_RULES, MOST_CONDITIONS, MOST_VALUES, MOST_WORDS, MOST_DAYS = 60, 12, 100, 600, 3660


def clean_rules(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rules of a set as they are kept; `Invalid` names the first that is wrong, by its place."""
    if not isinstance(rows, list | tuple) or len(rows) > MOST_RULES:
        raise Invalid(fields={"rules": _("A set has at most %(most)d rules.") % {"most": MOST_RULES}})
    kept = [_rule(place, row) for place, row in enumerate(rows, start=1)]
    keys = [row["key"] for row in kept]
    if doubled := {key for key in keys if keys.count(key) > 1}:
        raise Invalid(
            fields={"rules": _("Two rules are called %(key)s. Each needs a key of its own.") % {"key": min(doubled)}}
        )
    return kept


def _rule(place: int, row: Mapping[str, Any]) -> dict[str, Any]:
    def wrong(words: str) -> Invalid:
        return Invalid(fields={"rules": _("Rule %(place)d: %(words)s") % {"place": place, "words": words}})

    if not isinstance(row, Mapping):
        raise wrong(_("this is no rule."))
    key = str(row.get("key", "")).strip()[:60]
    if not key or not key.replace("_", "").replace("-", "").isalnum() or not key.isascii():
        raise wrong(_("give it a key of letters and digits."))
    kinds = [str(kind) for kind in row.get("kinds", ())]
    if not kinds or set(kinds) - KINDS:
        raise wrong(_("choose the kinds of claims that it is about."))
    if row.get("verdict") not in VERDICTS:
        raise wrong(_("choose a verdict."))
    conditions = row.get("when", ()) or ()
    if len(conditions) > MOST_CONDITIONS:
        raise wrong(_("it has at most %(most)d conditions.") % {"most": MOST_CONDITIONS})
    return {
        "key": key,
        "kinds": sorted(set(kinds)),
        "when": [_condition(condition, wrong) for condition in conditions],
        "verdict": str(row["verdict"]),
        "words": _words(row.get("words"), wrong),
        "until": _until(row.get("until"), wrong),
        "grant": _grant(row.get("grant") or {}, wrong),
    }


def _condition(given: Any, wrong: Any) -> dict[str, Any]:
    known = FIELDS.get(str(given.get("field", ""))) if isinstance(given, Mapping) else None
    if known is None:
        raise wrong(_("choose what each condition looks at."))
    op = str(given.get("op", ""))
    if op not in OPERATORS[known.shape]:
        raise wrong(_("“%(field)s” cannot be compared that way.") % {"field": known.label})
    values = list(given.get("values", ()) or ())[:MOST_VALUES]
    if not values:
        raise wrong(_("say what “%(field)s” is compared with.") % {"field": known.label})
    if known.shape == Shape.NUMBER:
        values = [_number(values[0], known, wrong)]
    elif known.shape == Shape.FLAG:
        values = [values[0] in (True, "true", "yes", "1", 1)]
    else:
        values = [str(value)[:60] for value in values]
        if known.choices is not None and (unknown := set(values) - {code for code, _label in known.choices()}):
            raise wrong(_("“%(field)s” has no choice %(value)s.") % {"field": known.label, "value": min(unknown)})
    return {"field": known.key, "op": op, "values": values}


def _number(given: Any, known: Any, wrong: Any) -> str:
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**9:
        raise wrong(_("“%(field)s” is compared with a number.") % {"field": known.label})
    return str(number)


def _words(given: Any, wrong: Any) -> dict[str, str]:
    """The reason, in both languages: a verdict explains itself to whoever reads it."""
    words = {code: str((given or {}).get(code, "")).strip() for code in LANGUAGES} if isinstance(given, Mapping) else {}
    if not words or not all(words.values()):
        raise wrong(_("write the reason in both languages."))
    if any(len(text) > MOST_WORDS for text in words.values()):
        raise wrong(_("the reason has at most %(most)d characters.") % {"most": MOST_WORDS})
    return words


def _until(given: Any, wrong: Any) -> dict[str, Any] | None:
    if not given:
        return None
    since = str(given.get("from", "")) if isinstance(given, Mapping) else ""
    if since not in SINCE:
        raise wrong(_("say from when its days are counted."))
    days = given.get("days", 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise wrong(_("its days are a number from 0 to %(most)d.") % {"most": MOST_DAYS})
    return {"days": days, "from": since}


def _grant(given: Any, wrong: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise wrong(_("what it grants cannot be read."))
    kept: dict[str, Any] = {}
    if given.get("freight"):
        if given["freight"] not in FREIGHT:
            raise wrong(_("choose who pays for the way back."))
        kept["freight"] = given["freight"]
    if given.get("approvals"):
        if set(given["approvals"]) - set(SIDES):
            raise wrong(_("choose who has to approve."))
        kept["approvals"] = sorted(set(given["approvals"]))
    if given.get("outcomes"):
        kept["outcomes"] = [str(outcome)[:16] for outcome in given["outcomes"]]
    for flag in ("settles_on_scan", "is_free", "needs_quote"):
        if flag in given:
            kept[flag] = bool(given[flag])
    for amount in ("keep_below", "depreciation_percent"):
        if given.get(amount) not in (None, ""):
            kept[amount] = _number(given[amount], FIELDS["amount"], wrong)
    return kept
