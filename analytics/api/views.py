"""Figures of service levels for programs: the dashboard's, within what the key's owner may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.selectors import sla
from analytics.selectors.filters import MOST_DAYS, NAMES, Filters, from_query
from analytics.selectors.sla import Figure
from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.permissions import ANALYTICS_VIEW, Scope
from helpdesk.core.api.schema import operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.company import company_zone
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind

GROUPS = ("day", "team", "channel", "kind", "level", "account", "agent", "policy", "target", "metric")
_COLUMNS = {"policy": "policy_id", "target": "target_id"}


class FigureSerializer(serializers.Serializer[Any]):
    """Deadlines of one group. Shares and times are null where nothing was measured; times are working seconds."""

    group = serializers.CharField(allow_null=True, help_text="The group's id, word or day; null without `group_by`.")
    ended = serializers.IntegerField(help_text="Deadlines that were met in time, or whose time was over.")
    met = serializers.IntegerField(help_text="Those that were met in time.")
    breached = serializers.IntegerField(help_text="Those whose time was over.")
    in_target = serializers.FloatField(allow_null=True, help_text="Met of all that ended, in per cent.")
    median_seconds = serializers.FloatField(allow_null=True, help_text="Of deadlines that were met, in time or late.")
    percentile_95_seconds = serializers.FloatField(allow_null=True, help_text="Exact to 4.8 %, as the median.")


class SlaSerializer(serializers.Serializer[Any]):
    """What became of deadlines between two days of the company's time zone."""

    since = serializers.DateField(help_text="The first day.")
    until = serializers.DateField(help_text="The last day.")
    time_zone = serializers.CharField(help_text="The company's time zone, which says what a day is.")
    total = FigureSerializer()
    groups = FigureSerializer(many=True)


class Sla(ApiView):
    """`/analytics/sla/`."""

    required_scopes = {"GET": Scope.ANALYTICS_READ}

    @operation(
        "Read service levels",
        answer=SlaSerializer,
        scope="analytics:read",
        errors=(400,),
        description="Figures of deadlines that ended in these days, for the teams that the key's owner may see. "
        "Parameters with several values are repeated.",
        parameters=(
            query("from", f"The first day, four weeks ago by default; at most {MOST_DAYS} days.", OpenApiTypes.DATE),
            query("to", "The last day, today by default.", OpenApiTypes.DATE),
            query("group_by", "What figures are given for, beside the total.", words=GROUPS),
            query("team", "Ids of teams.", OpenApiTypes.INT64, many=True),
            query("channel", "Kinds of channels.", many=True, words=ChannelKind.values),
            query("kind", "Kinds of tickets.", many=True, words=Kind.values),
            query("level", "Customer levels.", many=True, words=CustomerLevel.values),
            query("account", "Ids of channel accounts.", OpenApiTypes.INT64, many=True),
            query("agent", "Ids of owners, 0 for nobody.", OpenApiTypes.INT64, many=True),
            query("policy", "Ids of policies.", OpenApiTypes.INT64, many=True),
            query("target", "Ids of targets.", OpenApiTypes.INT64, many=True),
            query("metric", "Metrics, as `first_response`.", many=True),
        ),
        returns={
            "since": "2026-10-26",
            "until": "2026-11-22",
            "time_zone": "Asia/Shanghai",
            "total": {
                "group": None,
                "ended": 412,
                "met": 404,
                "breached": 8,
                "in_target": 98.06,
                "median_seconds": 2280.5,
                "percentile_95_seconds": 6130.2,
            },
            "groups": [],
        },
    )
    def get(self, request: Request) -> Response:
        """Totals, and groups with `group_by`; five queries at most."""
        staff = owner_of(request)
        if not staff.can(ANALYTICS_VIEW):
            raise Forbidden
        given = request.query_params
        filters = from_query(given, staff)
        _refuse_nonsense(given, filters)
        by = given.get("group_by", "")
        if by and by not in GROUPS:
            raise Invalid(fields={"group_by": _("Choose one of the listed groups.")})
        columns = (_COLUMNS.get(by, by),) if by else ()
        groups = sla.figures(filters, columns, with_times=True)
        rows = (
            [{"group": _text(key[0]), **_figure(figure)} for key, figure in sorted(groups.items(), key=_order)]
            if by
            else []
        )
        return Response(
            {
                "since": filters.since,
                "until": filters.until,
                "time_zone": str(company_zone()),
                "total": {"group": None, **_figure(sla.whole(groups))},
                "groups": rows,
            }
        )


def _refuse_nonsense(given: Any, filters: Filters) -> None:
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


def _order(pair: tuple[Sequence[Any], Figure]) -> tuple[Any, ...]:
    return (str(pair[0][0]).zfill(20),)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "ended": figure.ended,
        "met": figure.met,
        "breached": figure.breached,
        "in_target": _rounded(figure.share),
        "median_seconds": _rounded(figure.median),
        "percentile_95_seconds": _rounded(figure.percentile_95),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
