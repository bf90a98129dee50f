"""What-ifs for programs: what came out of a replay that a person started."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models import WhatIf, WhatIfState
from analytics.whatif import words
from analytics.whatif.counting import BREAKDOWNS, Tally
from analytics.whatif.selectors import Line, Side, breakdowns, get_what_if, line_of, what_ifs_for
from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ANALYTICS_VIEW, Scope
from helpdesk.core import keyset
from helpdesk.core.api.paging import envelope, moment, page_size
from helpdesk.core.api.schema import listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden


class SideSerializer(serializers.Serializer[Any]):
    """Deadlines on one side; `in_target` is met of those that ended, in per cent."""

    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    open = serializers.IntegerField()
    in_target = serializers.FloatField(allow_null=True)


class LineSerializer(serializers.Serializer[Any]):
    """Both sides of one group."""

    key = serializers.CharField(help_text="The group's id, word or day; empty for the total.")
    label = serializers.CharField()  # type: ignore[assignment]
    now = SideSerializer()
    then = SideSerializer()


class WhatIfRowSerializer(serializers.Serializer[Any]):
    """A replay in short."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(WhatIfState.choices)
    alternative = serializers.CharField(help_text="In the caller's language.")
    since = serializers.DateField()
    until = serializers.DateField()
    tickets_done = serializers.IntegerField()
    tickets_total = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class WhatIfSerializer(WhatIfRowSerializer):
    """A replay with its figures."""

    total = LineSerializer()
    by = serializers.DictField(child=LineSerializer(many=True), help_text="By metric, policy, team, channel and day.")
    saved = serializers.IntegerField(help_text="Tickets on which something would have been kept.")
    lost = serializers.IntegerField(help_text="Tickets on which something would have been missed.")
    dropped = serializers.IntegerField(help_text="Tickets on which something missed would not have been promised.")
    recorded = serializers.IntegerField(help_text="Deadlines that clocks recorded as missed.")
    agreed = serializers.IntegerField(help_text="Those of them that the replay found at the same moment.")


_ROW = {
    "id": 7,
    "state": "done",
    "alternative": "Shipped policy “E-commerce fast”",
    "since": "2026-10-01",
    "until": "2026-10-31",
    "tickets_done": 4120,
    "tickets_total": 4120,
    "started_at": "2026-11-22T08:12:00.000Z",
    "finished_at": "2026-11-22T08:13:10.000Z",
}
_SIDE = {"met": 4010, "missed": 96, "open": 14, "in_target": 97.66}
_FULL = {
    **_ROW,
    "total": {"key": "", "label": "", "now": _SIDE, "then": _SIDE},
    "by": {name: [] for name in BREAKDOWNS},
    "saved": 12,
    "lost": 40,
    "dropped": 0,
    "recorded": 96,
    "agreed": 96,
}


def _reader(request: Request) -> Staff:
    staff = owner_of(request)
    if not staff.can(ANALYTICS_VIEW):
        raise Forbidden
    return staff


class WhatIfs(ApiView):
    """`/analytics/what-ifs/`."""

    required_scopes = {"GET": Scope.ANALYTICS_READ}

    @operation(
        "List what-if replays",
        answer=listed(WhatIfRowSerializer),
        scope="analytics:read",
        errors=(400,),
        description="Newest first: the key owner's own, or all for those who see all tickets.",
        parameters=(
            query("cursor", "Where the page begins, as `next` of the page before says."),
            query("page_size", "Rows of a page, 1 to 200; 50 by default."),
        ),
        returns={"results": [_ROW], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page; five queries."""
        rows = what_ifs_for(_reader(request))
        page = keyset.page(rows, request.query_params.get("cursor"), size=page_size(request))
        names = words.names_known()
        return envelope(request, [_row(row, names) for row in page.rows], page.next)


class OneWhatIf(ApiView):
    """`/analytics/what-ifs/{what_if}/`."""

    required_scopes = {"GET": Scope.ANALYTICS_READ}

    @operation(
        "Read a what-if replay",
        answer=WhatIfSerializer,
        scope="analytics:read",
        errors=(404,),
        description="Both sides of the comparison; of a replay that runs, as far as it has come.",
        returns=_FULL,
    )
    def get(self, request: Request, what_if: int) -> Response:
        """Five queries."""
        run = get_what_if(_reader(request), what_if)
        tally = Tally.from_json(run.figures)
        lists = breakdowns(tally)
        return Response(
            {
                **_row(run, words.names_known()),
                "total": _line(line_of(tally.total())),
                "by": {name: [_line(line) for line in lists[name]] for name in BREAKDOWNS},
                **{name: getattr(tally, name) for name in ("saved", "lost", "dropped", "recorded", "agreed")},
            }
        )


def _row(run: WhatIf, names: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": run.pk,
        "state": run.state,
        "alternative": words.alternative_of(run, names),
        "since": run.since.isoformat(),
        "until": run.until.isoformat(),
        "tickets_done": run.done,
        "tickets_total": run.total,
        "started_at": moment(run.created_at),
        "finished_at": moment(run.finished_at),
    }


def _line(line: Line) -> dict[str, Any]:
    return {"key": line.key, "label": line.label, "now": _side(line.now), "then": _side(line.then)}


def _side(side: Side) -> dict[str, Any]:
    share = None if side.share is None else round(side.share, 2)
    return {"met": side.met, "missed": side.missed, "open": side.open, "in_target": share}
