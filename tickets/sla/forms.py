"""Forms of the page that edits a policy: the policy, each of its targets, each rung of a ladder."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.choosing import people_choices
from helpdesk.core.models import BusinessCalendar
from helpdesk.core.saving import SeenForm
from tickets.models import UNFINISHED, Kind, Priority, StatusCategory
from tickets.sla.calc import share_text
from tickets.sla.metrics import metrics
from tickets.sla.words import CONDITION_LABELS, choices_of

Choices = Callable[[], list[tuple[Any, Any]]]
UNITS = {"s": 1, "min": 60, "h": 3600}
# Longer lists are a box that scrolls.
_FEW = 24


class ManyField(forms.MultipleChoiceField):
    """Any number of a list's values, as boxes; of a long list, as a list that scrolls."""

    def __init__(self, choices: Choices, *, label: Any, help_text: Any = "") -> None:
        super().__init__(
            choices=choices, label=label, help_text=help_text, required=False, widget=forms.CheckboxSelectMultiple
        )


class LongField(forms.MultipleChoiceField):
    """Any number of people or accounts."""

    def __init__(self, choices: Choices, *, label: Any, help_text: Any = "") -> None:
        widget = forms.SelectMultiple(attrs={"size": 5})
        super().__init__(choices=choices, label=label, help_text=help_text, required=False, widget=widget)


def _chooser(name: str) -> Choices:
    return lambda: choices_of(name)


class PolicyForm(SeenForm):
    """Names, conditions, pauses and managers."""

    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    pauses = ManyField(
        lambda: [(str(category), StatusCategory(category).label) for category in UNFINISHED],
        label=_("Clocks stand still while a ticket is"),
        help_text=_("Resolution and periodic update only; answers are owed all the time."),
    )
    managers = LongField(
        people_choices,
        label=_("Managers"),
        help_text=_("Who is told where a ladder says “manager”. Nobody chosen: the administrators."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in CONDITION_LABELS.items():
            field = LongField if name == "accounts" else ManyField
            self.fields[f"if_{name}"] = field(_chooser(name), label=label)

    @property
    def condition_fields(self) -> list[forms.BoundField]:
        return [self[f"if_{name}"] for name in CONDITION_LABELS]

    @property
    def has_conditions(self) -> bool:
        """Whether one is set, or wrong: then they are shown open."""
        return any(field.value() or (self.is_bound and field.errors) for field in self.condition_fields)


class SharesField(forms.CharField):
    """Shares of the time as people type them: `50, 75, 90 %`."""

    def clean(self, value: Any) -> Any:
        parts = [part for part in re.split(r"[\s,;，；、%％]+", super().clean(value)) if part]
        try:
            return [Decimal(part) for part in parts]
        except InvalidOperation:
            raise forms.ValidationError(_("Write shares such as 50, 75, 90.")) from None


class TargetForm(forms.Form):
    """How long one metric may take."""

    metric = forms.ChoiceField(
        label=_("Promise"), choices=lambda: [(metric.key, metric.label) for metric in metrics.values()]
    )
    amount = forms.IntegerField(
        label=pgettext_lazy("of a target", "Within"), min_value=0, max_value=366 * 24 * 3600, required=True
    )
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[
            ("min", pgettext_lazy("unit of time", "minutes")),
            ("h", pgettext_lazy("unit of time", "hours")),
            ("s", pgettext_lazy("unit of time", "seconds")),
            ("days", pgettext_lazy("unit of time", "working days, until closing time")),
        ],
    )
    calendar = forms.TypedChoiceField(
        label=_("Counted on"),
        coerce=int,
        choices=lambda: [("", "–"), *((row.pk, row.label) for row in BusinessCalendar.objects.all())],
        error_messages={"required": _("Choose the calendar on which this time is counted.")},
    )
    warnings = SharesField(
        label=_("Warn at, in per cent of the time"), required=False, max_length=60, initial="50, 75, 90"
    )
    priorities = ManyField(lambda: list(Priority.choices), label=_("Only for priority"))
    kinds = ManyField(lambda: list(Kind.choices), label=_("Only for kind"))
    teams = ManyField(_chooser("teams"), label=_("Only for team"))

    def length(self) -> dict[str, int | None]:
        """Seconds or working days, of a valid form."""
        amount, unit = self.cleaned_data["amount"], self.cleaned_data["unit"]
        if unit == "days":
            return {"seconds": None, "working_days": amount}
        return {"seconds": amount * UNITS[unit], "working_days": None}

    @property
    def narrowing(self) -> list[forms.BoundField]:
        return [self[name] for name in ("priorities", "kinds", "teams")]

    @property
    def is_narrowed(self) -> bool:
        return any(field.value() or (self.is_bound and field.errors) for field in self.narrowing)


def amount_of(seconds: int | None, working_days: int | None) -> dict[str, Any]:
    """A length as the form shows it."""
    if working_days is not None:
        return {"amount": working_days, "unit": "days"}
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds and seconds % size == 0:
            return {"amount": seconds // size, "unit": unit}
    return {"amount": seconds, "unit": "s"}


class StepForm(forms.Form):
    """When a rung comes."""

    amount = forms.DecimalField(label=_("When"), min_value=0, max_value=10**6, decimal_places=2)
    moment = forms.ChoiceField(
        label=_("Moment"),
        choices=[
            ("share", _("per cent of the time (100: at the breach)")),
            ("min", _("minutes after the breach")),
            ("h", _("hours after the breach")),
        ],
    )

    def when(self) -> dict[str, Any]:
        """`share` or `after_seconds`, of a valid form."""
        amount, moment = self.cleaned_data["amount"], self.cleaned_data["moment"]
        if moment == "share":
            return {"share": amount}
        return {"after_seconds": int(amount * UNITS[moment])}


def when_of(share: Decimal | None, after_seconds: int | None) -> dict[str, Any]:
    """A rung's moment as the form shows it."""
    if after_seconds is None:
        return {"amount": share_text(share or Decimal(0)), "moment": "share"}
    if after_seconds % 3600 == 0:
        return {"amount": after_seconds // 3600, "moment": "h"}
    return {"amount": share_text(Decimal(after_seconds) / 60), "moment": "min"}
