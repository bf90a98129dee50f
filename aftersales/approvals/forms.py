"""What an approver fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DecisionForm(forms.Form):
    """Yes or no, with words; a no needs them."""

    words = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for a no; the desk reads them."),
    )


class HandOnForm(forms.Form):
    """Who decides instead."""

    to = forms.ChoiceField(label=_("Another approver"), choices=[])

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
