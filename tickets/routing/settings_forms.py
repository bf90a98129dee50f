"""Forms of routing's administration: queues, skills, who takes how much, who looks after whom, the grade rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Seniority, Skill, SkillLevel, Staff, Team
from helpdesk.accounts.models.working import MOST_AT_ONCE
from helpdesk.accounts.permissions import Role
from helpdesk.core.saving import NamedChoiceField, SeenForm
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind
from tickets.routing.book import GradeTables
from tickets.routing.models import Strategy
from tickets.routing.selectors.people import answering_roles
from tickets.routing.services.grades import COMPLEX_FROM, FIGURES
from tickets.routing.services.people import KINDS
from tickets.routing.services.queues import BOUNDS

LOADS = {
    "chats": pgettext_lazy("capacity", "Chats"),
    "calls": pgettext_lazy("capacity", "Calls"),
    "mails": pgettext_lazy("capacity", "Mails and all else"),
}


def _figure(name: str, **words: Any) -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(min_value=least, max_value=most, **words)


class QueueForm(SeenForm):
    """How a team's queue works."""

    strategy = forms.ChoiceField(label=_("Who gets the next ticket"), choices=Strategy.choices)
    is_direct = forms.BooleanField(
        label=_("Hand over at once, without asking"),
        required=False,
        help_text=_("Otherwise the ticket is offered, and goes to the next person when it is not taken in time."),
    )
    offer_seconds = _figure(
        "offer_seconds", label=_("An offer waits for (seconds)"), help_text=_("From 10 seconds to 15 minutes.")
    )
    chat_grace_seconds = _figure(
        "chat_grace_seconds",
        label=_("Live chats and calls go back after (seconds)"),
        required=False,
        help_text=_("When their agent has left. Empty: they stay with the agent."),
    )
    grace_hours = _figure(
        "grace_hours",
        label=_("All else goes back after (hours)"),
        required=False,
        help_text=_("When their agent has left. Empty: they stay with the agent."),
    )
    is_round_the_clock = forms.BooleanField(
        label=_("Somebody should be on shift around the clock"),
        required=False,
        help_text=_("Hours that nobody covers are then shown on the page of shifts."),
    )


class SkillForm(SeenForm):
    name = forms.CharField(label=_("Name in English"), max_length=60)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=60, required=False)


class NeedForm(SeenForm):
    """Which tickets need a skill."""

    skill = NamedChoiceField(label=_("Skill"), queryset=Skill.objects.all())
    level = forms.TypedChoiceField(label=_("At least"), coerce=int, choices=SkillLevel.choices)
    team = NamedChoiceField(
        label=_("Team"), required=False, queryset=Team.objects.filter(is_active=True), empty_label=_("any team")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("any kind")), *Kind.choices])
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("any language")), ("en", _("English")), ("zh-hans", _("Chinese"))],
    )
    tag = forms.CharField(
        label=_("Tag"), required=False, max_length=40, help_text=_("Of a product, a brand or a topic; empty: any.")
    )

    def values(self) -> dict[str, Any]:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        plain = {name: data[name] for name in ("level", "kind", "language", "tag")}
        return {**plain, "skill_id": data["skill"].pk, "team_id": data["team"].pk if data["team"] else None}


# --- How much people take --------------------------------------------------------------------------------------------
class CapacityForm(SeenForm):
    """What each role takes at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in answering_roles():
            for kind in KINDS:
                label = _("%(role)s: %(kind)s") % {"role": Role(role).label, "kind": LOADS[kind]}
                field = forms.IntegerField(label=label, min_value=0, max_value=MOST_AT_ONCE)
                self.fields[f"{role}_{kind}"] = field

    @property
    def rows(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        for role in answering_roles():
            yield Role(role).label, [self[f"{role}_{kind}"] for kind in KINDS]

    def values(self) -> dict[str, int]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class ProfileForm(SeenForm):
    """A person's seniority and own capacities."""

    seniority = forms.TypedChoiceField(
        label=_("Seniority"),
        coerce=int,
        choices=Seniority.choices,
        help_text=_("Important customers go to senior colleagues first."),
    )
    chats = forms.IntegerField(label=LOADS["chats"], required=False, min_value=0, max_value=MOST_AT_ONCE)
    calls = forms.IntegerField(label=LOADS["calls"], required=False, min_value=0, max_value=MOST_AT_ONCE)
    mails = forms.IntegerField(label=LOADS["mails"], required=False, min_value=0, max_value=MOST_AT_ONCE)

    def __init__(self, *args: Any, usual: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in KINDS:
            self.fields[kind].help_text = _("Empty: %(figure)s, as the role.") % {"figure": usual[kind]}


class OwnerForm(forms.Form):
    """Who looks after a customer."""

    customer = forms.CharField(
        label=_("Customer"),
        max_length=320,
        help_text=_("E-mail address, phone number, or the number in the address of the customer's page."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    staff = NamedChoiceField(label=_("Colleague"), queryset=Staff.objects.none(), say=lambda person: str(person.name))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["staff"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Staff.objects.filter(is_active=True, role__in=answering_roles()).order_by("name", "pk")


# --- The grade rule --------------------------------------------------------------------------------------------------
def _one_to_three(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=int, choices=[(figure, str(figure)) for figure in FIGURES])


class GradeForm(forms.Form):
    """The tables of the rule; `seen` is the version that the editor looked at."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    complex_from = forms.TypedChoiceField(
        label=_("Complex from complexity × value of"),
        coerce=int,
        choices=[(number, str(number)) for number in COMPLEX_FROM],
        help_text=_("10 is never reached: then only complexity 3 makes a ticket complex."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            for table, words in (("urgency", _("Urgency of %(name)s")), ("complexity", _("Complexity of %(name)s"))):
                self.fields[f"{table}_{kind}"] = _one_to_three(words % {"name": kind.label})
        for level in CustomerLevel:
            self.fields[f"value_{level}"] = _one_to_three(_("Value of %(name)s") % {"name": level.label})

    @property
    def kind_rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        return [(kind.label, self[f"urgency_{kind}"], self[f"complexity_{kind}"]) for kind in Kind]

    @property
    def level_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(level.label, self[f"value_{level}"]) for level in CustomerLevel]

    def values(self) -> dict[str, Any]:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        return {
            "urgency": {str(kind): data[f"urgency_{kind}"] for kind in Kind},
            "complexity": {str(kind): data[f"complexity_{kind}"] for kind in Kind},
            "value": {str(level): data[f"value_{level}"] for level in CustomerLevel},
            "complex_from": data["complex_from"],
        }


def initial_grades(tables: GradeTables) -> dict[str, Any]:
    """What the form starts with."""
    figures = {
        f"{name}_{key}": figure
        for name in ("urgency", "complexity", "value")
        for key, figure in getattr(tables, name).items()
    }
    return {**figures, "complex_from": tables.complex_from, "seen": tables.version}
