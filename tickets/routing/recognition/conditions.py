"""Conditions of recognition rules: what they look at, how they compare, and how they are checked before they are kept.

Expressions are RE2's: they run in time linear in the text, so no expression can hang an arrival. What RE2 does not know
(back-references, look-around) is refused with words when the rule is saved.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.errors import Invalid
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind

MOST_CONDITIONS = 12
MOST_VALUES = 200
MOST_CHARACTERS = 20_000
MOST_EXPRESSION = 1000
# Steps of a compiled expression (`a{100}` has a hundred): what it may cost at worst grows with them.
MOST_STEPS = 4000
_MEMORY = 1 << 20


def normal(text: str) -> str:
    """Text as rules compare it: one form for full-width and composed characters, no difference of case."""
    return unicodedata.normalize("NFKC", text).casefold()


@dataclass(frozen=True)
class ArrivalFacts:
    """What a rule may look at. `history` facts are of the customer, counted over the last year."""

    subject: str = ""
    text: str = ""
    sender: str = ""
    channel: str = ""
    account: str = ""
    level: str = CustomerLevel.ORDINARY
    language: str = ""
    tags: Sequence[str] = ()
    kind: str = ""
    file_names: Sequence[str] = ()
    has_order_number: bool = False
    is_instant: bool = False
    is_high_value: bool = False
    is_high_risk: bool = False

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each text as it is compared, made once for all rules."""
        subject, text = normal(self.subject[:1000]), normal(self.text[:MOST_CHARACTERS])
        sender = normal(self.sender)
        return {
            "anywhere": f"{subject}\n{text}",
            "subject": subject,
            "text": text,
            "sender": sender,
            "domain": sender.rpartition("@")[2],
            "file_names": normal("\n".join(self.file_names)),
        }


class Shape:
    """How the values of a field are written: words (one a line), a choice, tags, or yes and no."""

    TEXT = "text"
    CHOICE = "choice"
    TAGS = "tags"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """One thing that a condition may look at."""

    key: str
    label: Any
    shape: str
    choices: Callable[[], Sequence[tuple[str, Any]]] | None = None


def _accounts() -> list[tuple[str, Any]]:
    return [(row.slug, row.label) for row in ChannelAccount.objects.all()]


FIELDS: dict[str, Field] = {
    item.key: item
    for item in (
        Field("anywhere", _("Subject or text"), Shape.TEXT),
        Field("subject", _("Subject"), Shape.TEXT),
        Field("text", pgettext_lazy("of a message", "Text"), Shape.TEXT),
        Field("sender", _("Sender's address"), Shape.TEXT),
        Field("domain", _("Sender's domain"), Shape.TEXT),
        Field("channel", _("Channel"), Shape.CHOICE, lambda: ChannelKind.choices),
        Field("account", _("Channel account"), Shape.CHOICE, _accounts),
        Field("level", _("Customer level"), Shape.CHOICE, lambda: CustomerLevel.choices),
        Field("language", _("Language"), Shape.CHOICE, lambda: [(code[:2], name) for code, name in settings.LANGUAGES]),
        Field("kind", _("Kind that the form says"), Shape.CHOICE, lambda: Kind.choices),
        Field("tags", _("Tags"), Shape.TAGS),
        Field("file_names", _("Names of attachments"), Shape.TEXT),
        Field("has_files", _("Has attachments"), Shape.FLAG),
        Field("has_order_number", _("Names an order number"), Shape.FLAG),
        Field("is_instant", _("Written in an instant channel"), Shape.FLAG),
        Field("is_high_value", _("Customer of high value"), Shape.FLAG),
        Field("is_high_risk", _("Customer of high risk"), Shape.FLAG),
    )
}
OPERATORS: dict[str, Any] = {
    "contains": pgettext_lazy("condition", "contains one of"),
    "contains_not": pgettext_lazy("condition", "contains none of"),
    "is": pgettext_lazy("condition", "is one of"),
    "is_not": pgettext_lazy("condition", "is none of"),
    "matches": pgettext_lazy("condition", "matches the expression"),
    "matches_not": pgettext_lazy("condition", "does not match the expression"),
}
_ALLOWED = {
    Shape.TEXT: ("contains", "contains_not", "is", "is_not", "matches", "matches_not"),
    Shape.CHOICE: ("is", "is_not"),
    Shape.TAGS: ("contains", "contains_not"),
    Shape.FLAG: ("is",),
}
_YES = {"yes", "true", "1", "是"}
_NO = {"no", "false", "0", "否"}


def clean_condition(given: Mapping[str, Any]) -> dict[str, Any]:
    """A condition as it is kept, `{"field", "op", "values"}`; `Invalid` says what is wrong with it."""
    known = FIELDS.get(str(given.get("field", "")))
    if known is None:
        raise _wrong(_("Choose what the condition looks at."))
    op = str(given.get("op", ""))
    if op not in _ALLOWED[known.shape]:
        words = ", ".join(str(OPERATORS[name]) for name in _ALLOWED[known.shape])
        raise _wrong(_("“%(field)s” can be compared so: %(words)s.") % {"field": known.label, "words": words})
    values = _values(given.get("values", ()))
    if not values:
        raise _wrong(_("Say what “%(field)s” is compared with.") % {"field": known.label})
    if known.shape == Shape.FLAG:
        values = [_flag(known, values)]
    elif known.shape == Shape.CHOICE:
        _require_known(known, values)
    elif op in {"matches", "matches_not"}:
        for value in values:
            compile_expression(value)
    return {"field": known.key, "op": op, "values": values}


def _values(given: Any) -> list[str]:
    lines = given.splitlines() if isinstance(given, str) else [str(value) for value in given]
    cleaned = [line.replace("\x00", "").strip() for line in lines]
    found = list(dict.fromkeys(line for line in cleaned if line))
    if len(found) > MOST_VALUES or any(len(line) > MOST_EXPRESSION for line in found):
        raise _wrong(_("Use at most 200 lines of at most 1,000 characters."))
    return found


def _flag(known: Field, values: Sequence[str]) -> str:
    word = values[0].lower()
    if len(values) > 1 or word not in _YES | _NO:
        raise _wrong(_("“%(field)s” is compared with yes or no.") % {"field": known.label})
    return "yes" if word in _YES else "no"


def _require_known(known: Field, values: Sequence[str]) -> None:
    choices = [str(value) for value, _label in (known.choices or list)()]
    unknown = [value for value in values if value not in choices]
    if unknown:
        raise _wrong(
            _("“%(value)s” is no choice of “%(field)s”. Choose from: %(words)s.")
            % {"value": unknown[0][:80], "field": known.label, "words": ", ".join(choices)[:500]}
        )


def _wrong(words: Any) -> Invalid:
    return Invalid(fields={"conditions": words})


def compile_expression(pattern: str) -> Any:
    """The compiled expression, without difference of case; `Invalid` says what RE2 has against it, or that it is too large."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(unicodedata.normalize("NFKC", pattern), options)
        compiled.search("")
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise _wrong(
            _("“%(pattern)s” is no expression that can run safely: %(reason)s.")
            % {"pattern": pattern[:80], "reason": words[:200]}
        ) from None
    if compiled.programsize > MOST_STEPS:
        raise _wrong(
            _("“%(pattern)s” is too large to run for every message. Repeat less, or write \\w for \\pL.")
            % {"pattern": pattern[:80]}
        )
    return compiled


Test = Callable[[ArrivalFacts], bool]


def compile_condition(kept: Mapping[str, Any]) -> Test:
    """The condition as a function of the facts."""
    key, op, values = str(kept["field"]), str(kept["op"]), [str(value) for value in kept["values"]]
    shape = FIELDS[key].shape
    if shape == Shape.TEXT:
        test = _text_test(key, op.removesuffix("_not"), values)
    elif shape == Shape.CHOICE:
        test = _choice_test(key, frozenset(values))
    elif shape == Shape.TAGS:
        test = _tags_test(frozenset(normal(value) for value in values))
    else:
        test = _flag_test(key, values[0] == "yes")
    return (lambda facts: not test(facts)) if op.endswith("_not") else test


def _text_test(key: str, op: str, values: Sequence[str]) -> Test:
    if op == "matches":
        expressions = [compile_expression(value) for value in values]
        return lambda facts: any(expression.search(facts.texts[key]) for expression in expressions)
    words = [normal(value) for value in values]
    if op == "is":
        known = frozenset(words)
        return lambda facts: facts.texts[key].strip() in known
    return lambda facts: any(word in facts.texts[key] for word in words)


def _choice_test(key: str, values: frozenset[str]) -> Test:
    if key == "language":
        return lambda facts: facts.language[:2].lower() in values
    return lambda facts: str(getattr(facts, key)) in values


def _tags_test(values: frozenset[str]) -> Test:
    return lambda facts: any(normal(tag) in values for tag in facts.tags)


def _flag_test(key: str, wanted: bool) -> Test:
    if key == "has_files":
        return lambda facts: bool(facts.file_names) is wanted
    return lambda facts: bool(getattr(facts, key)) is wanted
