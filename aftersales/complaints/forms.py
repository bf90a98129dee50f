"""What people fill in about preventive actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.complaints.models import PreventiveAction
from aftersales.complaints.services.preventing import MOST_WORDS
from helpdesk.accounts.models import Staff


class ActionForm(forms.Form):
    """What is done, by whom, until when."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    words = forms.CharField(
        label=_("What is done so that it does not happen again"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    owner = forms.ChoiceField(label=pgettext_lazy("preventive action", "Who does it"))
    due_on = forms.DateField(
        label=pgettext_lazy("preventive action", "Done by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, action: PreventiveAction | None = None) -> None:
        initial = {}
        if action is not None:
            initial = {
                "words": action.words,
                "owner": str(action.owner_id),
                "due_on": action.due_on,
                "row_version": action.row_version,
            }
        super().__init__(data, initial=initial)
        people = Staff.objects.filter(is_active=True).order_by("name", "pk")
        field = self.fields["owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *((str(one.pk), one.name or one.username) for one in people)]


class EndForm(forms.Form):
    """What came of it."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    outcome = forms.ChoiceField(
        label=pgettext_lazy("preventive action", "It is"),
        choices=[
            ("done", pgettext_lazy("preventive action", "Done")),
            ("dropped", pgettext_lazy("preventive action", "Dropped")),
        ],
        initial="done",
    )
    result = forms.CharField(
        label=pgettext_lazy("preventive action", "What came of it"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
