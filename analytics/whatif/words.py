"""What a what-if was asked, in words."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext

from analytics.models import WhatIf
from analytics.whatif.scenario import IN_FORCE, LENGTHS, ORDER, PRESET, Scenario
from helpdesk.core.models import BusinessCalendar
from tickets.sla.models import Policy
from tickets.sla.presets import BY_KEY


def preset_name(key: str) -> str:
    preset = BY_KEY.get(key)
    if preset is None:
        return key
    return preset.name_zh if (get_language() or "").startswith("zh") else preset.name


def alternative_of(what_if: WhatIf, names: dict[str, Any] | None = None) -> str:
    """One line: which policies, on which calendar, with which staffed hours. At most two queries, none with `names`."""
    scenario = Scenario.from_json(what_if.alternative)
    known = names if names is not None else names_known()
    parts = [_policies(scenario, known)]
    if scenario.calendar is not None:
        parts.append(gettext("all counted on “%(name)s”") % {"name": known["calendars"].get(scenario.calendar, "?")})
    if scenario.roster is not None:
        parts.append(gettext("staffed “%(name)s”") % {"name": known["calendars"].get(scenario.roster, "?")})
    return " · ".join(parts)


def names_known() -> dict[str, Any]:
    """Names of policies and calendars by id; two queries for any number of what-ifs."""
    return {
        "policies": {row.pk: row.label for row in Policy.objects.all()},
        "calendars": {row.pk: row.label for row in BusinessCalendar.objects.all()},
    }


def _policies(scenario: Scenario, known: dict[str, Any]) -> str:
    if scenario.policies == ORDER:
        return gettext("Order: %(names)s") % {
            "names": " → ".join(known["policies"].get(pk, "?") for pk in scenario.order)
        }
    if scenario.policies == PRESET:
        return gettext("Shipped policy “%(name)s”") % {"name": preset_name(scenario.preset)}
    if scenario.policies == LENGTHS:
        return gettext("“%(name)s” with other times") % {"name": known["policies"].get(scenario.policy, "?")}
    return gettext("Today's policies")


def compared_with(what_if: WhatIf) -> str:
    if what_if.compared_with == IN_FORCE:
        return gettext("the policies that were in force")
    return gettext("today's policies")


def policy_address(scenario: Scenario) -> str:
    """The policy's page with the new times as a draft; nothing when there is no such page."""
    try:
        page = reverse("settings_sla_edit", args=[scenario.policy])
    except NoReverseMatch:
        return ""
    lengths = {f"length_{pk}": length for pk, length in scenario.lengths.items()}
    return f"{page}?{urlencode(lengths)}"
