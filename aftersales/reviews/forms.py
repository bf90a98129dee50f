"""What people fill in about closed claims and hints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Cause, CauseGroup
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.reviews.models import Review, ReviewSetting
from aftersales.reviews.services.setting import setting_values
from helpdesk.core.saving import SeenForm, fingerprint


class ReviewForm(forms.Form):
    """Why it happened, what is learnt, what else it cost."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    cause = forms.ChoiceField(label=_("Cause"))
    lesson = forms.CharField(
        label=_("What we learn from it"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    other_cost = forms.CharField(
        label=_("Other cost"),
        required=False,
        max_length=16,
        help_text=_(
            "Freight, work, goods that cannot be sold any more. Refunds and settlements are counted by themselves."
        ),
    )
    cost_words = forms.CharField(label=_("What it was"), required=False, max_length=200)

    def __init__(self, data: Any = None, *, review: Review) -> None:
        claim = review.claim
        initial = {
            "row_version": review.row_version,
            "cause": claim.cause.key if claim.cause else "",
            "lesson": claim.lesson,
            "other_cost": review.other_cost or "",
            "cost_words": review.cost_words,
        }
        super().__init__(data, initial=initial)
        groups: dict[str, list[tuple[str, str]]] = {}
        for row in Cause.objects.order_by("position", "pk"):
            if row.is_active or row.pk == claim.cause_id:
                groups.setdefault(str(CauseGroup(row.group).label), []).append((row.key, row.label))
        field = self.fields["cause"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *groups.items()]


class JudgeForm(forms.Form):
    """What a person found."""

    verdict = forms.ChoiceField(
        label=pgettext_lazy("signal", "It is"),
        choices=[
            ("harmless", pgettext_lazy("signal", "harmless")),
            ("confirmed", pgettext_lazy("signal", "confirmed")),
        ],
        initial="harmless",
    )
    words = forms.CharField(
        label=pgettext_lazy("signal", "What was found"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For colleagues only. The customer does not see it."),
    )


class SettingForm(SeenForm):
    """What counts as a repeat, and from when on somebody looks."""

    repeat_days = forms.IntegerField(
        label=_("Days within which the same problem is a repeat"), min_value=1, max_value=730
    )
    repeat_goal = forms.DecimalField(
        label=_("Repeat rate aimed at, in per cent"), min_value=0, max_value=100, max_digits=4, decimal_places=1
    )
    many_claims = forms.IntegerField(
        label=_("Claims of one customer in half a year from which on somebody looks"), min_value=2, max_value=1000
    )

    def __init__(self, data: Any = None, *, setting: ReviewSetting) -> None:
        values = {name: getattr(setting, name) for name in self.base_fields if name != "seen"}
        super().__init__(data, initial={**values, "seen": fingerprint(setting_values(setting))})
