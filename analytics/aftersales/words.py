"""How figures of after-sales read, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from aftersales.claims.machines import STATES
from aftersales.claims.models import Cause, CauseGroup, ClaimKind
from analytics.aftersales.facts import CURRENCY
from helpdesk.accounts.models import Team
from helpdesk.core.templatetags import ui
from helpdesk.customers.models import Product

# The share of claims that the company wants closed within 72 hours, in per cent.
GOAL = 95.0
HOURS = 72

GROUP_NAMES: Mapping[str, Any] = {
    "kind": pgettext_lazy("claims", "Kind"),
    "team": _("Team"),
    "product": _("Product"),
    "cause": _("Cause"),
}
AGE_NAMES: Mapping[str, Any] = {
    "d1": pgettext_lazy("age", "Up to 1 day"),
    "d3": pgettext_lazy("age", "2 to 3 days"),
    "d7": pgettext_lazy("age", "4 to 7 days"),
    "older": pgettext_lazy("age", "Over 7 days"),
}
FIGURE_NAMES: Mapping[str, Any] = {
    "open": pgettext_lazy("claims", "Open now"),
    "ended": pgettext_lazy("claims", "All that ended"),
    "late": pgettext_lazy("claims", "Took more than 72 h"),
    "kept": pgettext_lazy("claims", "Within 72 h"),
    "worked": pgettext_lazy("claims", "Visited or mended"),
    "again": pgettext_lazy("claims", "Not fixed the first time"),
    "repeats": pgettext_lazy("claims", "The same problem again"),
    "overdue": pgettext_lazy("claims", "Approval overdue"),
}


def money(amount: float | None) -> str:
    """`¥86.40`; a dash where nothing was measured."""
    return str(ui.money(amount, CURRENCY)) if amount is not None else "–"


def state(key: str) -> str:
    return str(STATES[key].label) if key in STATES else key


class ClaimNames:
    """Names of kinds, teams, products and causes, those that are asked for read once each."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, str]] = {}

    def of(self, dimension: str, values: list[str]) -> dict[str, str]:
        """What these values are called; one query."""
        if dimension == "kind":
            return {value: str(ClaimKind(value).label) if value in ClaimKind.values else value for value in values}
        kept = self._kept.setdefault(dimension, {})
        if missing := [value for value in values if value not in kept]:
            kept.update(dict.fromkeys(missing, gettext("unknown")))
            kept.update({"0": NOTHING[dimension]()} if "0" in missing and dimension in NOTHING else {})
            model: Any = _MODELS[dimension]
            kept.update({str(row.pk): row.label for row in model.objects.filter(pk__in=[int(v) for v in missing])})
        return {value: kept[value] for value in values}


_MODELS: Mapping[str, Any] = {"team": Team, "product": Product, "cause": Cause}
NOTHING: Mapping[str, Any] = {
    "product": lambda: gettext("Without a product"),
    "cause": lambda: gettext("Not said yet"),
}


def group_of(cause: Cause) -> str:
    return str(CauseGroup(cause.group).label)
