"""The form of a what-if; everything works without script."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from analytics.whatif.scenario import IN_FORCE, LENGTHS, ORDER, PRESET, TODAY, Scenario, current_targets
from analytics.whatif.words import preset_name
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.company import company_day
from helpdesk.core.models import BusinessCalendar, ChannelAccount
from helpdesk.core.templatetags.ui import CHANNEL_NAMES
from tickets.models import Kind, Priority
from tickets.sla.metrics import metrics
from tickets.sla.models import Policy, Target
from tickets.sla.presets import PRESETS

_UNITS = ((3600, _("hours")), (60, _("minutes")), (1, _("seconds")))


def last_month(today: date | None = None) -> tuple[date, date]:
    """The first and last day of the month before this one."""
    first = (today or company_day(timezone.now())).replace(day=1)
    last = first - timedelta(days=1)
    return last.replace(day=1), last


def unit_of(seconds: int) -> tuple[int, Any]:
    """The largest unit in which the length is a whole number."""
    return next((size, word) for size, word in _UNITS if seconds % size == 0)


class WhatIfForm(forms.Form):
    """Which tickets, measured against what, and what is put in its place. `policy` is the one whose times are changed."""

    since = forms.DateField(
        label=pgettext_lazy("first day", "From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=pgettext_lazy("last day", "To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    teams = forms.TypedMultipleChoiceField(
        label=_("Teams"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all.")
    )
    compared_with = forms.ChoiceField(
        label=_("Compare with"),
        choices=[(IN_FORCE, _("the policies that were in force then")), (TODAY, _("today's policies"))],
        widget=forms.RadioSelect,
    )
    policies = forms.ChoiceField(label=_("Policies"), widget=forms.RadioSelect)
    preset = forms.ChoiceField(label=_("Shipped policy"), required=False)
    calendar = forms.TypedChoiceField(
        label=_("Calendar"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Every promise is counted on this calendar."),
    )
    roster = forms.TypedChoiceField(
        label=_("Staffed hours"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("What people did outside these hours moves to the next staffed moment."),
    )

    def __init__(self, *args: Any, staff: Staff, policy: Policy | None = None, **kwargs: Any) -> None:
        since, until = last_month()
        usual = {"since": since, "until": until, "compared_with": IN_FORCE, "policies": LENGTHS if policy else PRESET}
        kwargs["initial"] = {**usual, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.targets = current_targets(policy) if policy else []
        self._choose_tickets(staff)
        self._choose_policies()
        calendars = [(row.pk, row.label) for row in BusinessCalendar.objects.all()]
        self._choices("calendar", [("", _("as the policies say")), *calendars])
        self._choices("roster", [("", _("as people really worked")), *calendars])

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _choose_tickets(self, staff: Staff) -> None:
        teams = Team.objects.filter(is_active=True).order_by("name")
        if not staff.sees_all_tickets:
            teams = teams.filter(pk__in=staff.team_ids)
        self._choices("teams", [(team.pk, team.label) for team in teams])
        kinds = ChannelAccount.objects.filter(is_active=True).order_by("kind").values_list("kind", flat=True).distinct()
        self._choices("channels", [(kind, CHANNEL_NAMES.get(kind, kind)) for kind in kinds])

    def _choose_policies(self) -> None:
        self.rows = list(Policy.objects.order_by("-is_active", "position", "pk"))
        choices: list[tuple[str, Any]] = [(PRESET, _("a shipped policy among them"))]
        if self.rows:
            choices.append((ORDER, _("the same policies in another order")))
        if self.policy:
            choices.insert(0, (LENGTHS, _("“%(name)s” with other times") % {"name": self.policy.label}))
        choices.append((TODAY, _("today's policies as they are")))
        self._choices("policies", choices)
        self._choices("preset", [(preset.key, preset_name(preset.key)) for preset in PRESETS])
        for nth, row in enumerate(self.rows, 1):
            self.fields[f"place_{row.pk}"] = forms.IntegerField(
                label=row.label, required=False, min_value=1, max_value=999, initial=nth if row.is_active else None
            )
        for target in self.targets:
            self.fields[f"length_{target.pk}"] = _length_field(target)

    @property
    def place_fields(self) -> list[forms.BoundField]:
        return [self[f"place_{row.pk}"] for row in self.rows]

    @property
    def length_fields(self) -> list[forms.BoundField]:
        return [self[f"length_{target.pk}"] for target in self.targets]

    def scenario(self) -> Scenario:
        """What was chosen; only what belongs to the chosen kind of change."""
        given = self.cleaned_data
        kind = given["policies"]
        return Scenario(
            policies=kind,
            order=self._order() if kind == ORDER else (),
            preset=given["preset"] if kind == PRESET else "",
            policy=self.policy.pk if kind == LENGTHS and self.policy else None,
            lengths=self._lengths() if kind == LENGTHS else {},
            calendar=given["calendar"],
            roster=given["roster"],
        )

    def _order(self) -> list[int]:
        placed = [(place, nth, row.pk) for nth, row in enumerate(self.rows) if (place := self._place(row)) is not None]
        return [pk for _place, _nth, pk in sorted(placed)]

    def _place(self, row: Policy) -> int | None:
        return self.cleaned_data.get(f"place_{row.pk}")

    def _lengths(self) -> dict[str, int]:
        found = {}
        for target in self.targets:
            given = self.cleaned_data[f"length_{target.pk}"]
            found[str(target.pk)] = int(given * unit_of(target.seconds)[0]) if target.seconds else int(given)
        return found


def _length_field(target: Target) -> forms.Field:
    parts = [str(metrics.get(target.metric).label) if target.metric in metrics else target.metric]
    parts += _narrowed(target)
    if target.seconds is None:
        days = target.working_days or 0
        unit: Any = ngettext_lazy("working day", "working days", days)
        field: forms.Field = forms.IntegerField(min_value=0, max_value=250, initial=days)
    else:
        size, unit = unit_of(target.seconds)
        field = forms.DecimalField(
            min_value=Decimal("0.01"), max_value=Decimal(999_999), decimal_places=2, initial=target.seconds // size
        )
    field.label = f"{' · '.join(parts)} ({unit})"
    field.help_text = pgettext_lazy("what-if", "on “%(name)s”") % {"name": target.calendar.label}
    return field


def _narrowed(target: Target) -> list[str]:
    words = [str(Priority(value).label) for value in target.priorities]
    return [*words, *(str(Kind(value).label) for value in target.kinds)]
