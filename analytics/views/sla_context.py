"""What the dashboard of service levels shows: figures, the course of days, groups, policies and their targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics import words
from analytics.selectors import counts, sla
from analytics.selectors.filters import Filters
from analytics.selectors.sla import RESPONSES, Figure, Groups
from analytics.views.pictures import Scale, smoothed, spark
from analytics.words import GOAL, SATISFACTION_GOAL, Names
from tickets.sla.models import Target

ADDRESS = "/dashboards/sla/"
# Of these the card beside the chart can show one.
CARD_BY = ("channel", "team", "kind", "level")
TABLE_BY = ("policy", "team", "channel", "kind", "level", "agent", "account")
SORTS = ("defined", "share", "breaches", "ended")
# A table on a page ends here until all of it is asked for; its export does not.
MOST_ROWS, MOST_OF_ALL = 40, 1000
# A change of less than this is none.
_STEADY = 0.05


@dataclass
class Row:
    """A line of the table or of a card: what it is about, and its figure."""

    label: str
    part: str
    metric: str
    figure: Figure
    target: str = ""
    icon: str = ""
    narrowing: dict[str, Sequence[str]] = field(default_factory=dict)
    order: tuple[Any, ...] = ()


class Board:
    """The dashboard for one reader's filters; each question is asked once, and only when it is shown."""

    def __init__(
        self, filters: Filters, *, by: str = "", group: str = "", sort: str = "", most: int | None = MOST_ROWS
    ) -> None:
        """`most`: how many rows the table shows; None for any number, as an export has."""
        self.filters, self.most = filters, most
        self.by = by if by in CARD_BY else "channel"
        self.group = group if group in TABLE_BY else "policy"
        self.sort = sort if sort in SORTS else "defined"
        self.names = Names()

    # --- Addresses ---------------------------------------------------------------------------------------------------
    def address(self, filters: Filters | None = None, /, **changes: str) -> str:
        """This dashboard with other filters, another grouping or order."""
        state = {"by": self.by, "group": self.group, "sort": self.sort, **changes}
        usual = {"by": "channel", "group": "policy", "sort": "defined"}
        query = (filters or self.filters).as_query(
            **{key: value for key, value in state.items() if value != usual.get(key)}
        )
        return f"{ADDRESS}?{query}" if query else ADDRESS

    def tickets(self, outcome: str = "", /, **narrowing: Sequence[str]) -> str:
        """The tickets behind a figure."""
        query = self.filters.with_(**narrowing).as_query(outcome=outcome)
        return f"{ADDRESS}tickets/?{query}"

    # --- What is asked -----------------------------------------------------------------------------------------------
    @property
    def focus(self) -> tuple[str, ...]:
        """The metrics that the chart and the card are about."""
        return self.filters.of("metric") or RESPONSES

    @property
    def days(self) -> list[date]:
        return [self.filters.since + timedelta(days=nth) for nth in range(self.filters.days)]

    @cached_property
    def daily(self) -> Groups:
        """By day and metric, this stretch and the one before."""
        return sla.figures(replace(self.filters, since=self.filters.previous.since), ("day", "metric"))

    @cached_property
    def by_target(self) -> Groups:
        return sla.figures(self.filters, ("target_id", "metric"), with_times=True)

    @cached_property
    def by_card(self) -> Groups:
        return sla.figures(self.filters.with_(metric=self.focus), (self.by,))

    @cached_property
    def satisfaction(self) -> dict[date, tuple[int, int]]:
        return counts.satisfied_by_day(self.filters)

    def _of(self, metrics: Sequence[str], *, before: bool = False) -> Groups:
        """Figures by day of these metrics in this stretch, or in the one before."""
        since = self.filters.since
        return {key: figure for key, figure in self.daily.items() if key[1] in metrics and (key[0] < since) == before}

    # --- Figures -----------------------------------------------------------------------------------------------------
    def tiles(self) -> list[dict[str, Any]]:
        """The figures that are measured, in their order; at least the first is always there."""
        chosen = self.filters.of("metric")
        found = [self._share_tile(_("Response in target"), [m for m in RESPONSES if not chosen or m in chosen], GOAL)]
        found.append(self._median_tile())
        for name, label in (("resolution", _("Solved in target")), ("intervention", _("Taken up in target"))):
            if sla.whole(self._of([name])).ended:
                found.append(self._share_tile(label, [name], None))
        if not set(self.filters.chosen) - {"team", "channel"}:
            found.append(self._satisfaction_tile())
        return found

    def _share_tile(self, name: str, metrics: Sequence[str], goal: float | None) -> dict[str, Any]:
        now, before = self._of(metrics), sla.whole(self._of(metrics, before=True)).share
        share = sla.whole(now).share
        pairs = [(figure.met, figure.ended) for figure in sla.by_days(now, self.days)]
        return {
            "name": name,
            "url": self.tickets(metric=list(metrics)) if share is not None else self.address(),
            **_share_parts(share, before, goal),
            **spark(smoothed(pairs)),
        }

    def _median_tile(self) -> dict[str, Any]:
        metrics = ("first_response",)
        figure = sla.whole(sla.merged(self.by_target, keep=[0], metrics=metrics, at=1))
        late = figure.percentile_95
        return {
            "name": _("First response, median"),
            "url": self.tickets(metric=list(metrics)) if figure.ended else self.address(),
            "value": words.length(figure.median) if figure.median is not None else _("Not measured"),
            "is_measured": figure.median is not None,
            "note": _("95 of 100 within %(t)s") % {"t": words.length(late)} if late is not None else "",
        }

    def _satisfaction_tile(self) -> dict[str, Any]:
        since = self.filters.since
        now = [self.satisfaction.get(day, (0, 0)) for day in self.days]
        before = [pair for day, pair in self.satisfaction.items() if day < since]
        return {
            "name": _("Satisfaction"),
            "url": "",
            **_share_parts(_share(now), _share(before), SATISFACTION_GOAL),
            **spark(smoothed(now)),
        }

    # --- The course of days ------------------------------------------------------------------------------------------
    def course(self) -> dict[str, Any]:
        """The chart's data, which is its table's, too."""
        daily = sla.by_days(self._of(self.focus), self.days)
        total = sla.whole(self._of(self.focus))
        is_response = not self.filters.of("metric")
        say = _ended_responses(total.ended) if is_response else _ended(total.ended)
        return {
            "title": _("Responses in target, by day") if is_response else _("In target, by day"),
            "said": say % {"n": words.number(total.ended)},
            "is_empty": not total.ended,
            "rows": [
                {
                    "day": day,
                    "label": words.day(day),
                    "figure": figure,
                    "share": words.share(figure.share) if figure.ended else "–",
                    "url": self._day_address(day) if figure.breached else "",
                }
                for day, figure in zip(self.days, daily, strict=True)
            ],
            "data": {
                "goal": GOAL,
                "days": [words.day(day) for day in self.days],
                "shares": [round(f.share, 2) if f.share is not None else None for f in daily],
                "breaches": [f.breached for f in daily],
                "ended": [f.ended for f in daily],
                "links": [
                    self._day_address(day) if f.breached else "" for day, f in zip(self.days, daily, strict=True)
                ],
                "words": {
                    "share": _("In target"),
                    "breaches": _("Breaches"),
                    "ended": _("Ended"),
                    "goal": _("Target %(goal)s %%") % {"goal": words.number(GOAL)},
                    "nothing": _("nothing ended"),
                },
            },
        }

    def _day_address(self, day: date) -> str:
        query = replace(self.filters, since=day, until=day, is_usual_range=False).with_(metric=self.focus)
        return f"{ADDRESS}tickets/?{query.as_query(outcome='breached')}"

    # --- One dimension -----------------------------------------------------------------------------------------------
    def card(self) -> dict[str, Any]:
        """Shares of each channel (team, kind, level) as dots on one scale, the best first."""
        scale = Scale.over(figure.share for figure in self.by_card.values())
        rows = [
            Row(
                self.names.of(self.by, key[0]),
                "",
                "",
                figure,
                icon=self.names.icon(self.by, key[0]),
                narrowing={self.by: [key[0]], "metric": self.focus},
            )
            for key, figure in self.by_card.items()
        ]
        rows.sort(key=lambda row: (-(row.figure.share or 0), row.label))
        return {"rows": [self._shown(row, scale) for row in rows], "scale": scale, "is_empty": not rows}

    # --- The table ---------------------------------------------------------------------------------------------------
    def table(self) -> dict[str, Any]:
        """Policies and their targets, or the groups of a dimension, with what became of their deadlines."""
        rows = self._policy_rows() if self.group == "policy" else self._group_rows()
        keys: dict[str, Any] = {
            "defined": lambda row: row.order,
            "share": lambda row: (row.figure.share if row.figure.share is not None else 101, row.order),
            "breaches": lambda row: (-row.figure.breached, row.order),
            "ended": lambda row: (-row.figure.ended, row.order),
        }
        rows.sort(key=keys[self.sort])
        scale = Scale.over((row.figure.share for row in rows), 120)
        shown = rows[: self.most]
        if self.group != "policy":
            self._add_times(shown)
        return {
            "rows": [self._shown(row, scale) for row in shown],
            "scale": scale,
            "number": len(rows),
            "is_cut": len(shown) < len(rows),
            "all_url": self.address(rows="all") if len(shown) < len(rows) <= MOST_OF_ALL else "",
        }

    def _policy_rows(self) -> list[Row]:
        ids = [key[0] for key in self.by_target]
        targets = Target.objects.filter(pk__in=ids).select_related("version__policy").in_bulk()
        rows: dict[tuple[Any, ...], Row] = {}
        for (target_id, metric), figure in self.by_target.items():
            target = targets.get(target_id)
            if target is None:
                continue
            policy, part, length = target.version.policy, words.target_part(target), words.target_length(target)
            # a policy's versions are one line as long as they demand the same
            found = rows.get(key := (policy.pk, metric, part, length))
            if found is None:
                order = (not policy.is_active, policy.position, policy.pk, target.position, metric, length)
                found = rows[key] = Row(
                    policy.label, part, metric, Figure(), length, order=order, narrowing={"target": []}
                )
            found.figure.add(figure)
            found.narrowing["target"] = [*found.narrowing["target"], str(target_id)]
        return list(rows.values())

    def _group_rows(self) -> list[Row]:
        groups = sla.figures(self.filters, (self.group, "metric"))
        return [
            Row(
                self.names.of(self.group, value),
                "",
                metric,
                figure,
                icon=self.names.icon(self.group, value),
                narrowing={self.group: [value], "metric": [metric]},
                order=(self.names.of(self.group, value), metric),
            )
            for (value, metric), figure in groups.items()
        ]

    def _add_times(self, rows: Sequence[Row]) -> None:
        """Median and percentile, of the rows that are shown alone: they are what costs most."""
        figures = {(row.narrowing[self.group][0], row.metric): row.figure for row in rows}
        if figures:
            shown = self.filters.with_(**{self.group: sorted({value for value, _metric in figures})})
            sla.add_times(figures, shown, (self.group, "metric"))

    def _shown(self, row: Row, scale: Scale) -> dict[str, Any]:
        figure = row.figure
        return {
            "label": row.label,
            "part": row.part,
            "icon": row.icon,
            "metric": words.metric(row.metric) if row.metric else "",
            "target": row.target,
            "ended": words.number(figure.ended),
            "share": words.share(figure.share),
            "is_met": figure.share is not None and figure.share >= GOAL,
            "dot": scale.dot(figure.share),
            "median": words.length(figure.median),
            "percentile_95": words.length(figure.percentile_95),
            "breached": figure.breached,
            "breached_text": words.number(figure.breached),
            "breaches_url": self.tickets("breached", **row.narrowing),
            "url": self.tickets(**row.narrowing),
            "figure": figure,
        }


def _ended(n: int) -> str:
    return ngettext("%(n)s deadline ended, paused time left out", "%(n)s deadlines ended, paused time left out", n)


def _ended_responses(n: int) -> str:
    return ngettext(
        "%(n)s response deadline ended, paused time left out",
        "%(n)s response deadlines ended, paused time left out",
        n,
    )


def _target(goal: float | None) -> str:
    return f"≥ {words.number(goal)} %" if goal is not None else ""


def _share(pairs: Sequence[tuple[int, int]]) -> float | None:
    all_ = sum(pair[1] for pair in pairs)
    return 100 * sum(pair[0] for pair in pairs) / all_ if all_ else None


def _share_parts(now: float | None, before: float | None, goal: float | None) -> dict[str, Any]:
    """What a tile says of a share: its value, its target, and the change since the stretch before."""
    if now is None:
        return {"value": _("Not measured"), "is_measured": False, "target": _target(goal)}
    parts: dict[str, Any] = {
        "value": words.share_number(now),
        "unit": "%",
        "is_measured": True,
        "target": _target(goal),
        "is_met": now >= goal if goal is not None else None,
    }
    if before is not None:
        change = now - before
        parts["change"] = _("%(n)s pt") % {"n": words.number(abs(change), 1)}
        parts["change_icon"] = (
            "minus" if abs(change) < _STEADY else "arrow-up-right" if change > 0 else "arrow-down-right"
        )
        parts["change_look"] = "" if abs(change) < _STEADY else "good" if change > 0 else "bad"
    return parts
