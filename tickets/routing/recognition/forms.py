"""Forms of recognition's administration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount
from helpdesk.core.saving import NamedChoiceField, SeenForm
from tickets.models import Kind, Priority, Tone
from tickets.routing.recognition.conditions import FIELDS, OPERATORS
from tickets.routing.recognition.models import AskPolicy
from tickets.routing.recognition.models.rules import Match


class RuleForm(SeenForm):
    """A rule's name and what it says; its conditions are forms of their own."""

    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    match = forms.ChoiceField(label=_("It fits when"), choices=Match.choices)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("says nothing")), *(c for c in Kind.choices if c[0] != Kind.OTHER)],
    )
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False, help_text=_("The grade becomes urgent."))
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("by the grade")), *Priority.choices]
    )
    tone = forms.ChoiceField(label=_("Tone"), required=False, choices=[("", _("says nothing")), *Tone.choices])
    tags = forms.CharField(label=_("Tags"), required=False, max_length=400, help_text=_("Separated by commas."))
    team = NamedChoiceField(
        label=_("Team"), required=False, queryset=Team.objects.none(), empty_label=_("by the channel account")
    )
    stops = forms.BooleanField(label=_("Rules behind this one are not looked at any more"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.filter(is_active=True)

    @property
    def effects(self) -> dict[str, Any]:
        """What the rule says, as the service takes it."""
        data = self.cleaned_data
        names = ("kind", "is_urgent", "priority", "tone", "tags")
        return {**{name: data.get(name) for name in names}, "team": data["team"].pk if data.get("team") else None}


class ConditionForm(forms.Form):
    """One condition; a row without values is left out."""

    field = forms.ChoiceField(label=_("Looks at"), choices=[(field.key, field.label) for field in FIELDS.values()])
    op = forms.ChoiceField(label=pgettext_lazy("condition", "Compares"), choices=list(OPERATORS.items()))
    values = forms.CharField(
        label=_("With"), required=False, max_length=40_000, strip=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class TryForm(forms.Form):
    """A made-up message, or a ticket."""

    number = forms.CharField(
        label=_("Ticket number"), required=False, max_length=24, help_text=_("Or write a message:")
    )
    subject = forms.CharField(label=_("Subject"), required=False, max_length=250)
    text = forms.CharField(
        label=pgettext_lazy("of a message", "Text"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    sender = forms.CharField(label=_("Sender's address"), required=False, max_length=320)
    account = NamedChoiceField(label=_("Channel account"), queryset=ChannelAccount.objects.all(), required=False)


class SettingForm(forms.Form):
    """How sure the model must be."""

    threshold = forms.DecimalField(
        label=_("Kind: use it from"),
        max_digits=4,
        decimal_places=2,
        help_text=_("A share from 0 to 1; below it a person decides."),
    )
    tone_threshold = forms.DecimalField(label=_("Tone: flag it from"), max_digits=4, decimal_places=2)
    trains_weekly = forms.BooleanField(label=_("Train every week"), required=False)
    activates_itself = forms.BooleanField(
        label=_("Use a new version by itself"),
        required=False,
        help_text=_("Unless it is clearly worse than the one in use."),
    )


class FactsForm(forms.Form):
    """What one kind needs and how it is asked for."""

    facts = forms.MultipleChoiceField(label=_("Needed"), required=False, widget=forms.CheckboxSelectMultiple)
    policy = forms.ChoiceField(label=_("When something is missing"), choices=AskPolicy.choices)
    text = forms.CharField(
        label=_("Request in English"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("{name}, {number} and {missing} are filled in; empty: our own words."),
    )  # fmt: skip
    text_zh = forms.CharField(
        label=_("Request in Chinese"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 7})
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facts"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices


class SerialsForm(forms.Form):
    """How serial numbers look."""

    patterns = forms.CharField(
        label=_("Serial numbers by article"), required=False, max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("One a line: WM-900 = [0-9]{4}B[0-9]{5}. A star stands for every article."),
    )  # fmt: skip
