"""What is likely to be missed, for programs: within what the key's owner may see."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models import Risk
from analytics.prediction import selectors
from analytics.prediction.words import reasons_of
from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import ANALYTICS_VIEW, Scope
from helpdesk.core.api.paging import envelope, moment, page_size
from helpdesk.core.api.schema import listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden


class RiskSerializer(serializers.Serializer[Any]):
    """A running deadline that is likely to be missed."""

    ticket = serializers.CharField()
    metric = serializers.CharField()
    probability = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null while there is no model for the metric, then `share` is what is known."
    )
    share = serializers.FloatField(help_text="The part of the working time that is used.")
    due_at = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    model_version = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="In the caller's language, largest first.")


EXAMPLE = {
    "ticket": "HD-1204",
    "metric": "first_response",
    "probability": 0.72,
    "share": 0.41,
    "due_at": "2026-11-22T09:30:00.000Z",
    "computed_at": "2026-11-22T08:12:00.000Z",
    "model_version": 3,
    "reasons": ["nobody owns it yet", "18 such clocks are open in the team"],
}


class Likely(ApiView):
    """`/analytics/likely/`."""

    required_scopes = {"GET": Scope.ANALYTICS_READ}

    @operation(
        "List deadlines that are likely to be missed",
        answer=listed(RiskSerializer),
        scope="analytics:read",
        errors=(400,),
        description="Running deadlines with a probability of 0.5 or more that have not reached their first warning; of "
        "metrics without a model, those of whose time half or more is used. The most likely first.",
        parameters=(
            query("cursor", "Where the page begins, as `next` of the page before says."),
            query("page_size", "Rows of a page, 1 to 200; 50 by default."),
        ),
        returns={"results": [EXAMPLE], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page; four queries."""
        staff = owner_of(request)
        if not staff.can(ANALYTICS_VIEW):
            raise Forbidden
        size = page_size(request)
        rows, following = selectors.page_of(
            selectors.likely_for(staff).select_related("model"), request.query_params.get("cursor", ""), size
        )
        teams = {team.pk: team.label for team in Team.objects.all()}
        return envelope(request, [_written(row, teams) for row in rows], following or None)


def _written(risk: Risk, teams: dict[int, str]) -> dict[str, Any]:
    return {
        "ticket": risk.ticket.number,
        "metric": risk.metric,
        "probability": None if risk.probability is None else round(risk.probability, 4),
        "share": round(risk.share, 4),
        "due_at": moment(risk.due_at),
        "computed_at": moment(risk.at),
        "model_version": risk.model.number if risk.model else None,
        "reasons": reasons_of(risk.reasons, teams),
    }
