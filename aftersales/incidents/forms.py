"""What people fill in about incidents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import Cause, Reason
from aftersales.incidents.services.leading import MOST_WORDS


class TellForm(forms.Form):
    """A message to everybody concerned, in each language of the product."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _label in settings.LANGUAGES:
            name = get_language_info(code)["name_local"]
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Message in %(language)s") % {"language": name},
                max_length=MOST_WORDS,
                widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
            )

    def texts(self) -> dict[str, str]:
        """Language → text."""
        return {code: self.cleaned_data[f"text_{code}"] for code, _label in settings.LANGUAGES}


class CloseForm(forms.Form):
    """What it was."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)
    cause = forms.ChoiceField(label=_("Cause"), choices=[])
    words = forms.CharField(
        label=_("What it was and what was done"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = Cause.objects.filter(is_active=True).order_by("position", "pk")
        self.fields["cause"].choices = [("", "—"), *((str(row.pk), row.label) for row in causes)]  # type: ignore[attr-defined]


class AlarmRuleForm(forms.Form):
    """How the alarm watches."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    is_active = forms.BooleanField(
        label=_("Watch for claims above the usual rate"),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    least = forms.IntegerField(
        label=_("Fewest claims that raise an incident"), min_value=2, max_value=1000,
        help_text=_("Fewer raise none, however rare they were before."),
    )  # fmt: skip
    window_hours = forms.IntegerField(
        label=_("Watched time in hours"), min_value=1, max_value=336, help_text=_("24 watches the last day.")
    )
    past_days = forms.IntegerField(label=_("Days of the past that tell the usual rate"), min_value=14, max_value=730)
    false_rate = forms.DecimalField(
        label=_("Share of alarms that may be chance"), min_value=0.0001, max_value=1, max_digits=5, decimal_places=4,
        help_text=_("0.01: of a hundred alarms one at most is expected to be chance, however many products are watched."),
    )  # fmt: skip
    reasons = forms.MultipleChoiceField(
        label=_("Reasons that count"), choices=Reason.choices, widget=forms.CheckboxSelectMultiple
    )
