"""Forms of the administration pages about working hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.settings_forms import zones
from helpdesk.core.calendars.errors import UnreadableHours
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.sources import countries
from helpdesk.core.calendars.words import hours_text, locale, read_hours
from helpdesk.core.models import DayKind
from helpdesk.core.saving import SeenForm

EXAMPLE = "09:00–12:00, 13:00–18:00"


def country_choices() -> list[tuple[str, Any]]:
    """The countries with known holidays, by their names in the reader's language."""
    return [("", _("no public holidays")), *_named_countries(get_language() or "en")]


@lru_cache(maxsize=4)
def _named_countries(language: str) -> list[tuple[str, str]]:
    names = locale().territories
    return sorted(((code, names.get(code, code)) for code in countries()), key=lambda entry: entry[1])


class HoursField(forms.CharField):
    """Blocks of one day, typed as `09:00–12:00, 13:00–18:00`; empty for a free day. Gives a tuple of `Hours`."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=200, required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else hours_text(Hours(*block) for block in value)

    def clean(self, value: Any) -> Any:
        try:
            return read_hours(super().clean(value))
        except UnreadableHours as error:
            raise forms.ValidationError(str(error)) from None


class CalendarForm(SeenForm):
    """A calendar: names, zone, the hours of each weekday, whose holidays apply."""

    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        help_text=_("Hours are meant by the clocks of this zone, summer time included."),
    )
    is_24x7 = forms.BooleanField(
        label=_("Around the clock, every day"), required=False, widget=forms.CheckboxInput(attrs={"role": "switch"})
    )
    country = forms.ChoiceField(label=_("Public holidays of"), choices=country_choices, required=False)
    adjusted_weekday = forms.TypedChoiceField(
        label=_("Adjusted working days are like"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        help_text=_("The hours of a weekend day that is worked in exchange for a holiday."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, label in WEEKDAYS.items():
            self.fields[f"day_{weekday}"] = HoursField(label=label)

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[f"day_{weekday}"] for weekday in WEEKDAYS]

    def week(self) -> list[tuple[Hours, ...]]:
        """The blocks of each weekday, Monday first."""
        return [self.cleaned_data.get(f"day_{weekday}", ()) for weekday in WEEKDAYS]

    def calendar(self) -> dict[str, Any]:
        """The fields of the calendar, without its week."""
        names = ("name", "name_zh", "timezone", "is_24x7", "country", "adjusted_weekday")
        return {name: self.cleaned_data[name] for name in names}


def initial_of(values: dict[str, Any]) -> dict[str, Any]:
    """What the form starts with, from the calendar's editable values."""
    week: Sequence[Any] = values["week"]
    return {**values, **{f"day_{weekday}": blocks for weekday, blocks in enumerate(week)}}


class DayForm(forms.Form):
    """One date and what is different on it."""

    on = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("This day is"), choices=DayKind.choices)
    name = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=200, required=False)
    blocks = HoursField(
        label=pgettext_lazy("calendar", "Own hours"),
        help_text=_("Only for a day with own hours, such as 09:00–12:00; empty: closed."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("blocks") and cleaned.get("kind") != DayKind.COMPANY:
            self.add_error("blocks", _("Hours are entered for a day with own hours only."))
        return cleaned


class PreviewForm(forms.Form):
    """A made-up ticket, to see when it would be due. The moment is meant by the clocks of the calendar's zone."""

    arrives = forms.DateTimeField(
        label=_("A ticket arrives on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    amount = forms.IntegerField(label=_("and must be answered within"), min_value=1, max_value=1000)
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[
            ("hours", pgettext_lazy("unit", "working hours")),
            ("minutes", _("minutes of working time")),
            ("days", _("working days, until closing time")),
        ],
    )

    @classmethod
    def read(cls, data: Any, zone: ZoneInfo) -> PreviewForm:
        """The form of a request's query; the usual question when it asks none."""
        usual = {"arrives": f"{timezone.now().astimezone(zone):%Y-%m-%dT%H:%M}", "amount": "4", "unit": "hours"}
        with timezone.override(UTC):  # a zone without gaps, so that each wall time can be typed
            form = cls(data if "arrives" in data else usual)
            form.full_clean()
        return form

    def start(self, zone: ZoneInfo) -> datetime:
        moment: datetime = self.cleaned_data["arrives"]
        return moment.replace(tzinfo=zone)

    def duration(self) -> timedelta | None:
        """The working time asked for; None when it is asked in days."""
        amount, unit = self.cleaned_data["amount"], self.cleaned_data["unit"]
        return None if unit == "days" else timedelta(**{unit: amount})
