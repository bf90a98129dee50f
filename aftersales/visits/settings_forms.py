"""Forms of visits' administration: engineers, areas, what a visit needs, windows."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import ClaimKind
from aftersales.visits.models import Engineer, Outlet, ServiceArea
from helpdesk.accounts.models import Skill, Staff
from helpdesk.accounts.permissions import PERMISSIONS, SERVICE_DO
from helpdesk.core.saving import NamedChoiceField, SeenForm

_SPLIT = re.compile(r"[,;，；、\n]+")
MOST_WORDS = 200
# Kinds of claims for which somebody comes.
VISITED = (ClaimKind.REPAIR, ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION)


class WordsField(forms.CharField):
    """Several words, one a line or with commas between."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=8000, **kwargs)
        self.longest = longest

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        words = list(dict.fromkeys(word.strip() for word in _SPLIT.split(text or "") if word.strip()))
        if len(words) > MOST_WORDS or any(len(word) > self.longest for word in words):
            raise forms.ValidationError(
                _("Use at most %(most)d entries of at most %(longest)d characters.")
                % {"most": MOST_WORDS, "longest": self.longest}
            )
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != _SPLIT.split(data or "")


def _degrees(label: Any, most: int, hint: Any = "") -> forms.FloatField:
    return forms.FloatField(label=label, required=False, min_value=-most, max_value=most, help_text=hint)


class AreaForm(SeenForm):
    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80, required=False)
    cities = WordsField(
        label=_("Cities"), longest=60, help_text=_("One a line, in the languages customers write them in.")
    )
    postcodes = WordsField(
        label=_("Postal codes begin with"),
        longest=12,
        help_text=_("One a line, such as 310. The longest that fits counts."),
    )
    latitude = _degrees(_("Latitude of its middle"), 90, _("For estimating ways; empty: not known."))
    longitude = _degrees(_("Longitude of its middle"), 180)
    is_active = forms.BooleanField(label=_("New addresses may belong to it"), required=False)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class AreasField(forms.ModelMultipleChoiceField):
    """Areas by their name in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class EngineerForm(SeenForm):
    """What is said about an engineer; skills and shifts are the roster's."""

    staff = NamedChoiceField(label=_("Person"), queryset=Staff.objects.none(), say=lambda person: str(person.name))
    outlet = NamedChoiceField(
        label=_("Outlet"), queryset=Outlet.objects.all(), required=False, empty_label=_("the company's own")
    )
    phone = forms.CharField(label=_("Phone number"), max_length=32, required=False)
    areas = AreasField(
        label=_("Areas"),
        queryset=ServiceArea.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: everywhere."),
    )
    most_a_day = forms.IntegerField(label=_("Visits a day at most"), min_value=1, max_value=40, initial=8)
    latitude = _degrees(_("Latitude where the day begins"), 90, _("Home or depot; empty: not known."))
    longitude = _degrees(_("Longitude where the day begins"), 180)
    is_active = forms.BooleanField(label=_("Gets visits"), required=False, initial=True)

    def __init__(self, *args: Any, engineer: Engineer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["staff"]
        assert isinstance(people, forms.ModelChoiceField)
        if engineer is not None:
            people.queryset = Staff.objects.filter(pk=engineer.staff_id)
        else:
            roles = [role for role, permissions in PERMISSIONS.items() if SERVICE_DO in permissions]
            people.queryset = Staff.objects.filter(is_active=True, role__in=roles, engineer=None)

    def values(self) -> dict[str, Any]:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        plain = {name: data[name] for name in ("phone", "most_a_day", "latitude", "longitude", "is_active")}
        return {**plain, "staff_id": data["staff"].pk, "outlet_id": data["outlet"].pk if data["outlet"] else None}


class NeedForm(SeenForm):
    """What a visit needs."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("any kind")), *((one.value, one.label) for one in VISITED)]
    )
    category = forms.CharField(
        label=_("Category of the product"),
        max_length=60,
        required=False,
        help_text=_("As products have it; empty: any."),
    )
    skill = NamedChoiceField(
        label=_("Skill"), queryset=Skill.objects.all(), required=False, empty_label=_("none in particular")
    )
    minutes = forms.IntegerField(label=_("Minutes on site"), min_value=5, max_value=600, initial=60)

    def values(self) -> dict[str, Any]:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        return {
            "kind": data["kind"],
            "category": data["category"],
            "skill_id": data["skill"].pk if data["skill"] else None,
            "minutes": data["minutes"],
        }


class WindowForm(forms.Form):
    """A stretch of the day."""

    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}))

    def minutes(self) -> tuple[int, int]:
        """Beginning and end since midnight; midnight as an end is 24:00."""
        first, last = (self.cleaned_data[name] for name in ("starts", "ends"))
        return first.hour * 60 + first.minute, last.hour * 60 + last.minute or 24 * 60
