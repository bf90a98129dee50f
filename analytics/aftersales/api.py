"""Figures of after-sales for programs: the board's, within what the key's owner may see."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.claims.models import ClaimKind
from analytics.aftersales import selectors
from analytics.aftersales.facts import CURRENCY
from analytics.aftersales.filters import NAMES, ClaimFilters, from_query
from analytics.aftersales.selectors import ClaimFigure
from analytics.selectors.filters import MOST_DAYS
from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.permissions import ANALYTICS_VIEW, Scope
from helpdesk.core.api.schema import operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.company import company_day, company_zone
from helpdesk.core.errors import Forbidden, Invalid

GROUPS = ("day", *NAMES)


class ClaimFigureSerializer(serializers.Serializer[Any]):
    """Claims of one group. Shares, times and costs are null where nothing was measured."""

    group = serializers.CharField(allow_null=True, help_text="The group's id, word or day; null without `group_by`.")
    opened = serializers.IntegerField(help_text="Claims opened in these days.")
    ended = serializers.IntegerField(help_text="Claims closed, or closed as rejected, in these days.")
    within_72_hours = serializers.IntegerField(help_text="Ended claims whose cycle took at most 72 hours.")
    within_72_hours_percent = serializers.FloatField(allow_null=True)
    cycle_median_seconds = serializers.FloatField(allow_null=True, help_text="From the application to the end.")
    cycle_percentile_90_seconds = serializers.FloatField(allow_null=True, help_text="Exact to 4.8 %, as the median.")
    worked = serializers.IntegerField(help_text="Ended claims for which somebody came, or which the workshop mended.")
    fixed_first_time = serializers.IntegerField(help_text="Those that needed it once.")
    fixed_first_time_percent = serializers.FloatField(allow_null=True)
    repeats = serializers.IntegerField(help_text="Ended claims that were the same problem once more.")
    repeats_percent = serializers.FloatField(allow_null=True)
    cost = serializers.DecimalField(max_digits=16, decimal_places=2, help_text="As the closing reviews added it up.")
    cost_per_claim = serializers.FloatField(allow_null=True)


class OpenSerializer(serializers.Serializer[Any]):
    """Claims that are open now in one state."""

    state = serializers.CharField()
    up_to_1_day = serializers.IntegerField(help_text="Opened today or yesterday.")
    up_to_3_days = serializers.IntegerField(help_text="Two or three days old.")
    up_to_7_days = serializers.IntegerField(help_text="Four to seven days old.")
    older = serializers.IntegerField(help_text="Over seven days old.")
    total = serializers.IntegerField()


class AftersalesSerializer(serializers.Serializer[Any]):
    """Figures of claims between two days of the company's time zone, and what is open now."""

    since = serializers.DateField(help_text="The first day.")
    until = serializers.DateField(help_text="The last day.")
    time_zone = serializers.CharField(help_text="The company's time zone, which says what a day is.")
    currency = serializers.CharField(help_text="Of costs; claims in another currency have none here.")
    total = ClaimFigureSerializer()
    groups = ClaimFigureSerializer(many=True)
    open = OpenSerializer(many=True)
    approvals_overdue = serializers.IntegerField()


class Aftersales(ApiView):
    """`/analytics/after-sales/`."""

    required_scopes = {"GET": Scope.ANALYTICS_READ}

    @operation(
        "Read figures of after-sales",
        answer=AftersalesSerializer,
        scope="analytics:read",
        errors=(400,),
        description="Figures of claims that were opened and ended in these days, and what is open now, for the teams that "
        "the key's owner may see. Parameters with several values are repeated.",
        parameters=(
            query("from", f"The first day, four weeks ago by default; at most {MOST_DAYS} days.", OpenApiTypes.DATE),
            query("to", "The last day, today by default.", OpenApiTypes.DATE),
            query("group_by", "What figures are given for, beside the total.", words=GROUPS),
            query("kind", "Kinds of claims.", many=True, words=ClaimKind.values),
            query("team", "Ids of teams.", OpenApiTypes.INT64, many=True),
            query("product", "Ids of products, 0 for none.", OpenApiTypes.INT64, many=True),
            query("cause", "Ids of causes, 0 for none.", OpenApiTypes.INT64, many=True),
        ),
        returns={
            "since": "2026-10-26",
            "until": "2026-11-22",
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
            "total": {
                "group": None,
                "opened": 214,
                "ended": 198,
                "within_72_hours": 176,
                "within_72_hours_percent": 88.89,
                "cycle_median_seconds": 151_200.5,
                "cycle_percentile_90_seconds": 268_011.2,
                "worked": 61,
                "fixed_first_time": 55,
                "fixed_first_time_percent": 90.16,
                "repeats": 7,
                "repeats_percent": 3.54,
                "cost": "17204.50",
                "cost_per_claim": 86.89,
            },
            "groups": [],
            "open": [
                {
                    "state": "awaiting_goods",
                    "up_to_1_day": 4,
                    "up_to_3_days": 6,
                    "up_to_7_days": 2,
                    "older": 0,
                    "total": 12,
                }
            ],
            "approvals_overdue": 1,
        },
    )
    def get(self, request: Request) -> Response:
        """Totals, what is open, and groups with `group_by`; nine queries at most."""
        staff = owner_of(request)
        if not staff.can(ANALYTICS_VIEW):
            raise Forbidden
        given = request.query_params
        filters = from_query(given, staff)
        _refuse_nonsense(given, filters)
        by = given.get("group_by", "")
        if by and by not in GROUPS:
            raise Invalid(fields={"group_by": _("Choose one of the listed groups.")})
        groups = selectors.figures(filters, by)
        total = selectors.whole(groups)
        return Response(
            {
                "since": filters.since,
                "until": filters.until,
                "time_zone": str(company_zone()),
                "currency": CURRENCY,
                "total": {"group": None, **_figure(total)},
                "groups": [{"group": key, **_figure(groups[key])} for key in sorted(groups, key=_order)] if by else [],
                "open": _open(filters),
                "approvals_overdue": selectors.overdue_approvals(filters),
            }
        )


def _refuse_nonsense(given: Any, filters: ClaimFilters) -> None:
    """A program hears of what a page would leave out."""
    fields: dict[str, Any] = {}
    for name in NAMES:
        if any(value not in filters.of(name) for value in given.getlist(name)):
            fields[name] = _("This value is not known.")
    for name in ("from", "to"):
        if given.get(name):
            try:
                date.fromisoformat(given[name])
            except ValueError:
                fields[name] = _("Give a day as YYYY-MM-DD.")
    if fields:
        raise Invalid(fields=fields)


def _order(key: str) -> str:
    return key.zfill(24)


def _open(filters: ClaimFilters) -> list[dict[str, Any]]:
    found = selectors.open_by_state(filters, company_day(timezone.now()))
    return [
        {
            "state": state,
            "up_to_1_day": ages.get("d1", 0),
            "up_to_3_days": ages.get("d3", 0),
            "up_to_7_days": ages.get("d7", 0),
            "older": ages.get("older", 0),
            "total": sum(ages.values()),
        }
        for state, ages in sorted(found.items())
    ]


def _figure(figure: ClaimFigure) -> dict[str, Any]:
    return {
        "opened": figure.opened,
        "ended": figure.ended,
        "within_72_hours": figure.kept,
        "within_72_hours_percent": _rounded(figure.share),
        "cycle_median_seconds": _rounded(figure.median),
        "cycle_percentile_90_seconds": _rounded(figure.percentile_90),
        "worked": figure.worked,
        "fixed_first_time": figure.fixed,
        "fixed_first_time_percent": _rounded(figure.fixed_share),
        "repeats": figure.repeats,
        "repeats_percent": _rounded(figure.repeat_share),
        "cost": f"{figure.cost:.2f}",
        "cost_per_claim": _rounded(figure.cost_each),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
