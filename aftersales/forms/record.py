"""The form of a claim's record: who leads it, why it happened, what was learnt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import Cause, CauseGroup, Claim, ClaimKind
from aftersales.claims.services.arguments import MOST_WORDS
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_EXCEPT, CLAIM_WORK, PERMISSIONS


def holders_of(permission: str) -> list[str]:
    """The roles that hold a permission."""
    return [role for role, held in PERMISSIONS.items() if permission in held]


def people_with(permission: str) -> list[tuple[str, str]]:
    """The active people whose role holds a permission, as choices; one query."""
    rows = Staff.objects.filter(is_active=True, role__in=holders_of(permission)).order_by("name", "pk")
    return [(str(one.pk), one.name or one.username) for one in rows]


def cause_choices(rows: Iterable[Cause]) -> list[Any]:
    """The causes under their groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        groups.setdefault(str(CauseGroup(row.group).label), []).append((row.key, row.label))
    return [("", _("Not known yet")), *groups.items()]


class RecordForm(forms.Form):
    """Loaded when it is opened: its lists of people and causes are no part of the page."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    handler = forms.ChoiceField(label=_("Led by"), required=False)
    cause = forms.ChoiceField(label=_("Cause"), required=False)
    lesson = forms.CharField(
        label=_("What we learn from it"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    external_number = forms.CharField(label=_("Case number"), required=False, max_length=80)
    exception = forms.CharField(
        label=_("Exception by which it may close"),
        required=False,
        max_length=300,
        help_text=_("Only where the customer cannot be asked or does not agree; it stays on record."),
    )

    def __init__(self, claim: Claim, staff: Staff, data: Any = None) -> None:
        values = {
            "row_version": claim.row_version,
            "handler": str(claim.handler_id or ""),
            "cause": claim.cause.key if claim.cause else "",
            "lesson": claim.lesson,
            "external_number": claim.external_number,
            "exception": claim.exception,
        }
        super().__init__(data, initial=values, auto_id="record_%s")
        causes = Cause.objects.order_by("position", "pk")
        usable = [row for row in causes if row.is_active or row.pk == claim.cause_id]
        people = people_with(CLAIM_WORK)
        if claim.handler is not None and str(claim.handler_id) not in dict(people):
            people.append((str(claim.handler_id), claim.handler.name))
        self._choose("handler", [("", _("Nobody yet")), *people])
        self._choose("cause", cause_choices(usable))
        if not staff.can(CLAIM_EXCEPT) or claim.kind != ClaimKind.COMPLAINT:
            del self.fields["exception"]
        if claim.kind != ClaimKind.CASE:
            del self.fields["external_number"]

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def values(self) -> dict[str, Any]:
        """What the verb takes; only of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "row_version"}
