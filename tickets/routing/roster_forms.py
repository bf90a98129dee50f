"""Forms of the roster: stretches of work as people type them, every week and on single dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import ShiftKind
from helpdesk.core.saving import SeenForm
from tickets.routing.services.rosters import Stretch

_BETWEEN = re.compile(r"[,;，；、]|\s+and\s+")
_STRETCH = re.compile(r"(\d{1,2})(?:[:：.](\d{2}))?\s*(?:-|–|—|~|～|至|到|to)\s*(\d{1,2})(?:[:：.](\d{2}))?")


def minutes_text(minutes: int) -> str:
    """`09:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def stretches_text(rows: Iterable[tuple[int, int]]) -> str:
    """`09:00–12:00, 13:00–18:00`."""
    return ", ".join(f"{minutes_text(starts)}–{minutes_text(ends)}" for starts, ends in rows)


class StretchesField(forms.CharField):
    """Stretches of one day; one whose end is not later than its start ends on the next day. Gives (start, end) in minutes."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "–"})
        super().__init__(max_length=120, required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else stretches_text(value)

    def clean(self, value: Any) -> Any:
        parts = [part.strip() for part in _BETWEEN.split(super().clean(value) or "") if part.strip()]
        return [self._read(part) for part in parts]

    def _read(self, text: str) -> tuple[int, int]:
        match = _STRETCH.fullmatch(text) if text.isascii() or not re.search(r"[^\d\s:：.\-–—~～至到]", text) else None
        if match is None:
            raise forms.ValidationError(_("Write times such as 09:00–18:00 or 22:00–06:00."))
        hours, minutes = (int(match[1]), int(match[3])), (int(match[2] or 0), int(match[4] or 0))
        starts, ends = hours[0] * 60 + minutes[0], hours[1] * 60 + minutes[1]
        if max(minutes) > 59 or starts >= 24 * 60 or ends > 24 * 60 or starts == ends:
            raise forms.ValidationError(_("Write times such as 09:00–18:00 or 22:00–06:00."))
        return starts, ends


def _named(work: Iterable[tuple[int, int]], duty: Iterable[tuple[int, int]]) -> list[Stretch]:
    return [
        *((str(ShiftKind.WORK), starts, ends) for starts, ends in work),
        *((str(ShiftKind.DUTY), starts, ends) for starts, ends in duty),
    ]


class WeekForm(SeenForm):
    """What a person works every week: shifts and night duty of each weekday."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, label in WEEKDAYS.items():
            self.fields[f"day_{weekday}"] = StretchesField(label=label)
            self.fields[f"night_{weekday}"] = StretchesField(label=_("%(day)s, night duty") % {"day": label})

    @property
    def rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        return [(label, self[f"day_{day}"], self[f"night_{day}"]) for day, label in WEEKDAYS.items()]

    def week(self) -> list[list[Stretch]]:
        """The stretches of each weekday, Monday first, of a valid form."""
        data = self.cleaned_data
        return [_named(data[f"day_{day}"], data[f"night_{day}"]) for day in WEEKDAYS]


def initial_week(values: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """What the form starts with, from the roster's values."""
    found: dict[str, Any] = {}
    for day, rows in values.items():
        found[f"day_{day}"] = [(starts, ends) for kind, starts, ends in rows if kind == ShiftKind.WORK]
        found[f"night_{day}"] = [(starts, ends) for kind, starts, ends in rows if kind == ShiftKind.DUTY]
    return found


class DatesForm(forms.Form):
    """What a person works on certain dates instead of their usual week."""

    on = forms.DateField(
        label=pgettext_lazy("first day", "From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=pgettext_lazy("last day", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    work = StretchesField(label=_("Shift"))
    duty = StretchesField(label=_("Night duty"), help_text=_("Both empty: free on these days."))

    def stretches(self) -> list[Stretch]:
        return _named(self.cleaned_data["work"], self.cleaned_data["duty"])
