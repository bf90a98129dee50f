"""The forms of the claim policy: a set's names, one rule with its conditions, and the test bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.approvals.models import Side
from aftersales.claims.models import CauseGroup, ClaimKind, Outcome, Reason, Verdict
from aftersales.policy.checking import MOST_CONDITIONS, MOST_DAYS, MOST_WORDS
from aftersales.policy.facts import FIELDS, OPERATOR_WORDS, OPERATORS, Shape
from aftersales.words import choice_labels, freight_words

YES_NO = [("true", pgettext_lazy("condition", "yes")), ("false", pgettext_lazy("condition", "no"))]
SINCE = [
    ("", _("no term")),
    ("delivery", pgettext_lazy("days since", "days from delivery")),
    ("order", pgettext_lazy("days since", "days from the order")),
    ("warranty", pgettext_lazy("days since", "until the warranty ends")),
]


class RuleSetForm(forms.Form):
    """What a set is called."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)


class NewRuleSetForm(RuleSetForm):
    """A set begins without rules."""

    key = forms.SlugField(
        label=_("Key"), max_length=60, help_text=_("Letters, digits and underscores; it stays for good.")
    )
    is_second = forms.BooleanField(label=_("A second look at what other sets allow"), required=False)
    field_order = ("name", "name_zh", "key", "is_second")


class RuleForm(forms.Form):
    """One rule without its conditions."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    key = forms.CharField(
        label=_("Key"), max_length=60, help_text=_("Letters, digits and underscores; claims keep it.")
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of claims"), choices=ClaimKind.choices, widget=forms.CheckboxSelectMultiple
    )
    verdict = forms.ChoiceField(label=_("Verdict"), choices=Verdict.choices)
    words_en = forms.CharField(
        label=_("Reason in English"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"})
    )
    words_zh = forms.CharField(
        label=_("Reason in Chinese"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 2, "lang": "zh-Hans"})
    )
    until_from = forms.ChoiceField(label=_("Term"), choices=SINCE, required=False)
    until_days = forms.IntegerField(label=_("Days"), required=False, min_value=0, max_value=MOST_DAYS)
    freight = forms.ChoiceField(label=_("Way back"), required=False)
    approvals = forms.MultipleChoiceField(
        label=_("Decided jointly by"), choices=Side.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    outcomes = forms.MultipleChoiceField(
        label=_("What the customer may choose"),
        choices=Outcome.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    settles_on_scan = forms.BooleanField(label=_("Paid out on the carrier's first scan"), required=False)
    needs_quote = forms.BooleanField(label=_("Quoted before anything is done"), required=False)
    keep_below = forms.DecimalField(
        label=_("Below this amount the item is kept"), required=False, min_value=0, max_digits=10, decimal_places=2
    )
    depreciation_percent = forms.DecimalField(
        label=_("Per cent taken off for each day of use"), required=False, min_value=0, max_value=100, decimal_places=3
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}), auto_id="rule_%s")
        freight = self.fields["freight"]
        assert isinstance(freight, forms.ChoiceField)
        freight.choices = [("", _("says nothing of it")), *freight_words().items()]

    def row(self, conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The rule as `checking.clean_rules` takes it; only of a valid form."""
        values = self.cleaned_data
        until = {"from": values["until_from"], "days": values["until_days"] or 0} if values["until_from"] else None
        grant: dict[str, Any] = {
            name: values[name] for name in ("freight", "approvals", "outcomes", "settles_on_scan") if values[name]
        }
        if values["needs_quote"]:
            grant |= {"needs_quote": True, "is_free": False}
        for name in ("keep_below", "depreciation_percent"):
            if values[name]:
                grant[name] = str(values[name])
        return {
            "key": values["key"],
            "kinds": values["kinds"],
            "when": list(conditions),
            "verdict": values["verdict"],
            "words": {"en": values["words_en"], "zh-hans": values["words_zh"]},
            "until": until,
            "grant": grant,
        }


def initial_of(rule: Mapping[str, Any], version: int) -> dict[str, Any]:
    """A stored rule as the form shows it."""
    until, grant = rule.get("until") or {}, rule.get("grant") or {}
    return {
        "seen_version": version,
        "key": rule["key"],
        "kinds": rule["kinds"],
        "verdict": rule["verdict"],
        "words_en": rule["words"]["en"],
        "words_zh": rule["words"]["zh-hans"],
        "until_from": until.get("from", ""),
        "until_days": until.get("days"),
        **{name: grant.get(name) for name in RULE_GRANTS},
    }


RULE_GRANTS = (
    "freight",
    "approvals",
    "outcomes",
    "settles_on_scan",
    "needs_quote",
    "keep_below",
    "depreciation_percent",
)


class ConditionRow:
    """One condition as the form shows it: the field decides which comparisons and which kind of value there are."""

    def __init__(self, place: int, field: str = "", op: str = "", values: Sequence[Any] = ()) -> None:
        self.place = place
        self.field = field if field in FIELDS else ""
        self.op = op
        self.values = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]

    @property
    def shape(self) -> str:
        return FIELDS[self.field].shape if self.field else ""

    @property
    def unit(self) -> Any:
        return FIELDS[self.field].unit if self.field else ""

    @property
    def label(self) -> Any:
        return FIELDS[self.field].label if self.field else ""

    @property
    def fields(self) -> list[tuple[str, Any]]:
        return [("", _("Choose …")), *((key, item.label) for key, item in FIELDS.items())]

    @property
    def ops(self) -> list[tuple[str, Any]]:
        return [(op, OPERATOR_WORDS[op]) for op in OPERATORS[self.shape]] if self.field else []

    @property
    def choices(self) -> list[tuple[str, Any, bool]]:
        """(value, label, chosen) where the values come from a list."""
        if self.shape == Shape.FLAG:
            return [(value, label, value in self.values) for value, label in YES_NO]
        labels = choice_labels(FIELDS[self.field]) if self.field else {}
        return [(value, label, value in self.values) for value, label in labels.items()]

    @property
    def text(self) -> str:
        return ", ".join(self.values)

    def row(self) -> dict[str, Any]:
        """As `checking.clean_rules` takes it."""
        ops = OPERATORS[self.shape]
        return {"field": self.field, "op": self.op if self.op in ops else ops[0], "values": self.values}


def posted_conditions(data: QueryDict) -> list[ConditionRow]:
    """The rows of a posted form, in their order; those without a field are left out unless they are to be filled in."""
    found = []
    for place in range(MOST_CONDITIONS):
        if f"condition_{place}" not in data:
            continue
        row = ConditionRow(place, data.get(f"condition_{place}", ""), data.get(f"op_{place}", ""))
        # what was compared with another field's value is no value of this one
        if data.get(f"was_{place}", row.field) == row.field:
            row.values = _posted_values(data, place, row.shape)
        found.append(row)
    return found


def _posted_values(data: QueryDict, place: int, shape: str) -> list[str]:
    given = [value.replace("\x00", "").strip() for value in data.getlist(f"value_{place}")]
    if shape == Shape.NUMBER or not shape:
        return given[:1] if given and given[0] else []
    # what comes from no list is typed, several parted by commas of either language
    parts = [part.strip() for value in given for part in value.replace("，", ",").split(",")]
    return [part for part in parts if part]


def renumbered(rows: Sequence[ConditionRow]) -> list[ConditionRow]:
    """The same rows numbered anew from 0."""
    for place, row in enumerate(rows):
        row.place = place
    return list(rows)


# --- The test bench --------------------------------------------------------------------------------------------------
_ANSWERS = [("", _("not known")), *YES_NO]


class TryForm(forms.Form):
    """What is tried: an order, what would be applied for, and on which day."""

    order = forms.CharField(label=_("Order number"), max_length=60)
    kind = forms.ChoiceField(label=_("What is asked for"), choices=ClaimKind.choices, required=False)
    reason = forms.ChoiceField(label=_("Why"), choices=Reason.choices, required=False)
    quantity = forms.IntegerField(label=_("Quantity of each line"), min_value=1, max_value=9999, required=False)
    asked = forms.DecimalField(label=_("Amount"), required=False, min_value=0, max_digits=12, decimal_places=2)
    price_drop = forms.DecimalField(
        label=_("Became cheaper by"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    is_opened = forms.ChoiceField(label=pgettext_lazy("goods", "Opened"), choices=_ANSWERS, required=False)
    is_used = forms.ChoiceField(label=pgettext_lazy("goods", "Used"), choices=_ANSWERS, required=False)
    is_complete = forms.ChoiceField(label=_("Complete"), choices=_ANSWERS, required=False)
    has_photos = forms.BooleanField(label=_("With photos"), required=False)
    on = forms.DateField(
        label=_("On the day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: today."),
    )

    def details(self) -> dict[str, object]:
        """The customer's answers as judging takes them."""
        values = self.cleaned_data
        found: dict[str, object] = {
            name: values[name] == "true" for name in ("is_opened", "is_used", "is_complete") if values[name]
        }
        found["has_photos"] = values["has_photos"]
        if values["price_drop"]:
            found["price_drop"] = str(values["price_drop"])
        return found


class CauseForm(forms.Form):
    """A cause of the company's list."""

    group = forms.ChoiceField(label=_("Group"), choices=CauseGroup.choices)
    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
