"""What people fill in when they promise a customer to write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.claims.services.arguments import MOST_WORDS
from helpdesk.core import clock
from helpdesk.core.company import company_zone


class Moment(forms.DateTimeField):
    """A date and time of the company's zone."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        with timezone.override(company_zone()):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(company_zone()):
            return super().prepare_value(value)


class PromiseForm(forms.Form):
    """By when, and what else the customer reads."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    due_at = Moment(
        label=_("We write to the customer by"),
        help_text=_("The customer is told, and you are reminded before it."),
    )
    words = forms.CharField(
        label=pgettext_lazy("promise", "Words to the customer"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, claim: Claim) -> None:
        tomorrow = (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        # the page below the dialog has fields of these names too
        super().__init__(data, initial={"due_at": tomorrow, "row_version": claim.row_version}, auto_id="promise_%s")
