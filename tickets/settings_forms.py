"""Forms of the administration pages about labels, tags, fields, canned replies, senders, views and
the question after a solving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.core.saving import SeenForm
from tickets.intake.models import SenderVerdict
from tickets.models import FieldType, Kind, StatusCategory


class LabelForm(SeenForm):
    """A status label; its category is chosen once."""

    category = forms.ChoiceField(
        label=_("Category"), choices=StatusCategory.choices, help_text=_("What the product does with such tickets.")
    )
    name = forms.CharField(label=_("Name in English"), max_length=40)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=40, required=False)


class TagForm(forms.Form):
    name = forms.CharField(label=_("New tag"), max_length=40)


class LinesField(forms.CharField):
    """One entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=9000, strip=False, widget=forms.Textarea(attrs={"rows": 5}), **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class FieldForm(SeenForm):
    """A custom field; key and type are chosen once."""

    key = forms.SlugField(
        label=_("Key"), max_length=40, help_text=_("Names the field in the API; it cannot be changed later.")
    )
    type = forms.ChoiceField(label=_("Type"), choices=FieldType.choices)
    kind = forms.ChoiceField(label=_("Kind of ticket"), choices=[("", _("all kinds")), *Kind.choices], required=False)
    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    choices = LinesField(label=_("Choices in English"), help_text=_("One a line, for the type choice."))
    choices_zh = LinesField(label=_("Choices in Chinese"), help_text=_("In the same order."))
    is_required = forms.BooleanField(label=_("Required"), required=False)
    is_public = forms.BooleanField(label=_("Customers see it"), required=False)


class CannedReplyForm(SeenForm):
    """A canned reply with its readers."""

    title = forms.CharField(label=_("Title"), max_length=80)
    body = forms.CharField(label=_("Text"), max_length=20_000, strip=False, widget=forms.Textarea(attrs={"rows": 10}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    scope = forms.ChoiceField(label=_("For whom"), required=False)

    def __init__(self, *args: Any, scopes: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = scopes


class SenderRuleForm(SeenForm):
    pattern = forms.CharField(
        label=_("Address or domain"), max_length=254, help_text=_("a@example.com, or example.com for all of it.")
    )
    verdict = forms.ChoiceField(label=_("Mail from there is"), choices=SenderVerdict.choices)
    note = forms.CharField(label=_("Note"), max_length=160, required=False)


class SharedViewForm(forms.Form):
    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)


class SurveyForm(SeenForm):
    """Whether and when customers are asked how it went; one choice more for each team."""

    DELAYS = [
        (0, _("at once")),
        (15, _("after 15 minutes")),
        (60, _("after one hour")),
        (240, _("after four hours")),
        (1440, _("after one day")),
        (4320, _("after three days")),
    ]
    TEAMS = [("", _("as above")), ("on", _("ask")), ("off", _("do not ask"))]
    is_on = forms.BooleanField(
        label=_("Ask customers how satisfied they are"),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
    delay_minutes = forms.ChoiceField(label=_("When, after the solving"), choices=DELAYS)

    def __init__(self, *args: Any, teams: Sequence[Team], own: Mapping[int, bool | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {True: "on", False: "off", None: ""}
        for team in teams:
            self.fields[f"team_{team.pk}"] = forms.ChoiceField(
                label=team.label, choices=self.TEAMS, required=False, initial=words[own.get(team.pk)]
            )

    @property
    def team_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("team_")]

    def choices_of_teams(self) -> dict[int, bool | None]:
        """Team id → ask, do not ask, or None for as everybody."""
        chosen = {"on": True, "off": False}
        return {
            int(name.removeprefix("team_")): chosen.get(value)
            for name, value in self.cleaned_data.items()
            if name.startswith("team_")
        }
