"""What the board of after-sales shows: figures, what is open, the cycle's course, causes, promises, groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.claims.machines import MACHINES
from aftersales.promises.metrics import METRICS as PROMISED
from aftersales.reviews.models import ReviewSetting
from analytics import words
from analytics.aftersales import selectors
from analytics.aftersales import words as claim_words
from analytics.aftersales.filters import ClaimFilters
from analytics.aftersales.selectors import AGES, ClaimFigure, ClaimGroups, by_stretches, whole
from analytics.aftersales.words import ClaimNames
from analytics.selectors import sla
from analytics.views.pictures import Scale, spark

ADDRESS = "/dashboards/after-sales/"
GROUPS = ("kind", "product", "team")
# The promises that the board follows: those about claims and visits, approvals, and cases of authorities.
METRICS = (*(metric.key for metric in PROMISED), "approval", "case_accept", "case_answer")
MOST_ROWS, MOST_CAUSES = 20, 8
_STEADY = 0.05


class ClaimBoard:
    """The board for one reader's filters; each question is asked once, and only when it is shown."""

    def __init__(self, filters: ClaimFilters, today: date, *, group: str = "", most: int | None = MOST_ROWS) -> None:
        """`most`: how many rows a table shows; None for any number, as an export has."""
        self.filters, self.today, self.most = filters, today, most
        self.group = group if group in GROUPS else "kind"
        self.names = ClaimNames()

    # --- Addresses ---------------------------------------------------------------------------------------------------
    def address(self, filters: ClaimFilters | None = None, /, **changes: str) -> str:
        """This board with other filters or another grouping."""
        state = {"group": self.group} | changes
        query = (filters or self.filters).as_query(group=state["group"] if state["group"] != "kind" else "")
        return f"{ADDRESS}?{query}" if query else ADDRESS

    def claims(self, figure: str, /, *, state: str = "", age: str = "", **narrowing: str) -> str:
        """The claims behind a figure."""
        filters = self.filters.with_(**{name: [value] for name, value in narrowing.items()})
        return f"{ADDRESS}claims/?{filters.as_query(figure=figure, state=state, age=age)}"

    # --- What is asked -----------------------------------------------------------------------------------------------
    @property
    def days(self) -> list[date]:
        return [self.filters.since + timedelta(days=nth) for nth in range(self.filters.days)]

    @cached_property
    def daily(self) -> ClaimGroups:
        """By day, this stretch and the one before."""
        return selectors.figures(replace(self.filters, since=self.filters.previous.since), "day")

    @cached_property
    def now(self) -> ClaimFigure:
        first = self.filters.since.isoformat()
        return whole({key: figure for key, figure in self.daily.items() if key >= first})

    @cached_property
    def before(self) -> ClaimFigure:
        first = self.filters.since.isoformat()
        return whole({key: figure for key, figure in self.daily.items() if key < first})

    @cached_property
    def stretches(self) -> list[tuple[date, date, ClaimFigure]]:
        return by_stretches(self.daily, self.days)

    @cached_property
    def open(self) -> dict[str, dict[str, int]]:
        return selectors.open_by_state(self.filters, self.today)

    @cached_property
    def goal_of_repeats(self) -> float:
        row = ReviewSetting.objects.filter(pk=1).values_list("repeat_goal", flat=True).first()
        return float(row) if row is not None else 5.0

    # --- Figures -----------------------------------------------------------------------------------------------------
    def tiles(self) -> list[dict[str, Any]]:
        """The figures at the head."""
        number = sum(sum(ages.values()) for ages in self.open.values())
        old = sum(ages.get("older", 0) + ages.get("d7", 0) for ages in self.open.values())
        note = ngettext("%(n)s older than 3 days", "%(n)s older than 3 days", old) % {"n": words.number(old)}
        overdue = selectors.overdue_approvals(self.filters)
        return [
            {
                "name": _("Open claims"),
                "value": words.number(number),
                "url": self.claims("open"),
                "note": note if old else "",
            },
            self._share_tile(_("Closed within 72 h"), "late", "share", claim_words.GOAL, up_is_good=True),
            self._cycle_tile(),
            self._share_tile(_("First-time fix"), "again", "fixed_share", None, up_is_good=True),
            self._cost_tile(),
            self._share_tile(_("Repeat rate"), "repeats", "repeat_share", self.goal_of_repeats, up_is_good=False),
            {
                "name": _("Approvals overdue"),
                "value": words.number(overdue),
                "url": self.claims("overdue"),
                "target": "0",
                "is_met": overdue == 0,
            },
        ]

    def _share_tile(
        self, name: str, figure: str, share: str, goal: float | None, *, up_is_good: bool
    ) -> dict[str, Any]:
        now, before = getattr(self.now, share), getattr(self.before, share)
        sign = "≥" if up_is_good else "≤"
        tile: dict[str, Any] = {
            "name": name,
            "url": self.claims(figure) if now is not None else "",
            "target": f"{sign} {words.number(goal, 0 if goal == int(goal) else 1)} %" if goal is not None else "",
        }
        if now is None:
            return tile | {"value": _("Not measured"), "is_measured": False}
        tile |= {"value": words.share_number(now), "unit": "%", "is_measured": True}
        tile |= spark([getattr(figure, share) for _first, _last, figure in self.stretches])
        if goal is not None:
            tile["is_met"] = now >= goal if up_is_good else now <= goal
        if before is not None:
            tile |= _change(now - before, _("%(n)s pt") % {"n": words.number(abs(now - before), 1)}, up_is_good)
        return tile

    def _cycle_tile(self) -> dict[str, Any]:
        median, late = self.now.median, self.now.percentile_90
        return {
            "name": _("Cycle, median"),
            "url": self.claims("ended") if self.now.ended else "",
            "value": words.length(median) if median is not None else _("Not measured"),
            "is_measured": median is not None,
            "target": "≤ 72 h",
            "is_met": median <= claim_words.HOURS * 3600 if median is not None else None,
            "note": _("90 of 100 within %(t)s") % {"t": words.length(late)} if late is not None else "",
            **spark([figure.median for _first, _last, figure in self.stretches]),
        }

    def _cost_tile(self) -> dict[str, Any]:
        cost, before = self.now.cost_each, self.before.cost_each
        tile: dict[str, Any] = {
            "name": _("Cost per claim"),
            "url": self.claims("ended") if cost is not None else "",
            "value": claim_words.money(cost) if cost is not None else _("Not measured"),
            "is_measured": cost is not None,
            **spark([figure.cost_each for _first, _last, figure in self.stretches]),
        }
        if cost is not None and before:
            change = 100 * (cost - before) / before
            tile |= _change(change, f"{words.number(abs(change), 0)} %", up_is_good=False)
        return tile

    # --- What is open ------------------------------------------------------------------------------------------------
    def open_table(self) -> dict[str, Any]:
        """Open claims by state (in the order of the machines) and age."""
        order = {state.key: nth for nth, state in enumerate(s for machine in MACHINES.values() for s in machine.states)}
        rows = []
        for state in sorted(self.open, key=lambda key: order.get(key, 999)):
            ages = self.open[state]
            cells = [
                {"number": ages.get(word, 0), "url": self.claims("open", state=state, age=word), "is_old": word in _OLD}
                for word, _first, _last in AGES
            ]
            rows.append(
                {
                    "state": state,
                    "label": claim_words.state(state),
                    "cells": cells,
                    "number": sum(ages.values()),
                    "url": self.claims("open", state=state),
                }
            )
        sums = [
            {
                "number": sum(ages.get(word, 0) for ages in self.open.values()),
                "url": self.claims("open", age=word),
                "is_old": word in _OLD,
            }
            for word, _first, _last in AGES
        ]
        number = sum(sum(ages.values()) for ages in self.open.values())
        return {
            "ages": [claim_words.AGE_NAMES[word] for word, _first, _last in AGES],
            "rows": rows,
            "sums": sums,
            "number": words.number(number),
            "is_empty": not number,
        }

    # --- The cycle ---------------------------------------------------------------------------------------------------
    def course(self) -> dict[str, Any]:
        """Median and 90th percentile of the cycle, and how many took longer than 72 hours, by stretches of days."""
        rows = [
            {
                "label": words.day_range(first, last) if first != last else words.day(first),
                "first": first,
                "last": last,
                "figure": figure,
                "median": words.length(figure.median),
                "percentile_90": words.length(figure.percentile_90),
                "share": words.share(figure.share) if figure.ended else "–",
                "url": self._stretch_address(first, last) if figure.late else "",
            }
            for first, last, figure in self.stretches
        ]
        return {
            "said": ngettext("%(n)s claim ended", "%(n)s claims ended", self.now.ended)
            % {"n": words.number(self.now.ended)},
            "is_empty": not self.now.ended,
            "rows": rows,
            "data": {
                "goal": claim_words.HOURS,
                "days": [row["label"] for row in rows],
                "median": [_hours(figure.median) for _first, _last, figure in self.stretches],
                "percentile": [_hours(figure.percentile_90) for _first, _last, figure in self.stretches],
                "late": [figure.late for _first, _last, figure in self.stretches],
                "ended": [figure.ended for _first, _last, figure in self.stretches],
                "links": [row["url"] for row in rows],
                "words": {
                    "median": _("Median"),
                    "percentile": _("90 of 100 within"),
                    "late": _("Took more than 72 h"),
                    "ended": _("Ended"),
                    "goal": _("Target %(hours)d h") % {"hours": claim_words.HOURS},
                    "nothing": _("nothing ended"),
                    "unit": _("h"),
                },
            },
        }

    def _stretch_address(self, first: date, last: date) -> str:
        filters = replace(self.filters, since=first, until=last, is_usual_range=False)
        return f"{ADDRESS}claims/?{filters.as_query(figure='late')}"

    # --- Why ---------------------------------------------------------------------------------------------------------
    def causes(self) -> dict[str, Any]:
        """What caused the claims that ended, the most frequent first, with what they cost."""
        groups = selectors.figures(self.filters, "cause")
        found = sorted(groups.items(), key=lambda pair: (-pair[1].ended, pair[0]))
        found = [(key, figure) for key, figure in found if figure.ended]
        shown = found[: MOST_CAUSES if self.most is not None else None]
        names = self.names.of("cause", [key for key, _figure in shown])
        most = max((figure.ended for _key, figure in shown), default=1)
        rows = [
            {
                "label": names[key],
                "figure": figure,
                "ended": words.number(figure.ended),
                "share": words.share(100 * figure.ended / self.now.ended) if self.now.ended else "–",
                "width": round(100 * figure.ended / most),
                "cost": claim_words.money(figure.cost_each),
                "repeats": figure.repeats,
                "url": self.claims("ended", cause=key),
                "repeats_url": self.claims("repeats", cause=key),
            }
            for key, figure in shown
        ]
        return {"rows": rows, "is_empty": not rows, "is_cut": len(shown) < len(found), "number": len(found)}

    # --- Promises ----------------------------------------------------------------------------------------------------
    def promises(self) -> dict[str, Any]:
        """What was promised in after-sales and kept, by metric; deadlines know teams and days, not what a claim is about."""
        filters = self.filters.as_of_deadlines.with_(metric=METRICS)
        groups = sla.figures(filters, ("metric",), with_times=True)
        found = [(name, groups[(name,)]) for name in METRICS if (name,) in groups]
        scale = Scale.over(figure.share for _name, figure in found)
        rows = [
            {
                "label": words.metric(name),
                "figure": figure,
                "ended": words.number(figure.ended),
                "share": words.share(figure.share),
                "is_met": figure.share is not None and figure.share >= claim_words.GOAL,
                "dot": scale.dot(figure.share),
                "median": words.length(figure.median),
                "breached": figure.breached,
                "breached_text": words.number(figure.breached),
                "breaches_url": f"/dashboards/sla/tickets/?{filters.with_(metric=[name]).as_query(outcome='breached')}",
                "url": f"/dashboards/sla/tickets/?{filters.with_(metric=[name]).as_query()}",
            }
            for name, figure in found
        ]
        is_narrowed = any(self.filters.of(name) for name in ("kind", "product", "cause"))
        return {"rows": rows, "scale": scale, "is_empty": not rows, "is_wider": is_narrowed}

    # --- Groups ------------------------------------------------------------------------------------------------------
    def table(self) -> dict[str, Any]:
        """Figures by kind, product or team, the most claims first."""
        groups = selectors.figures(self.filters, self.group)
        found = sorted(groups.items(), key=lambda pair: (-pair[1].ended, -pair[1].opened, pair[0]))
        shown = found[: self.most]
        names = self.names.of(self.group, [key for key, _figure in shown])
        return {
            "rows": [self._shown(key, names[key], figure) for key, figure in shown],
            "number": len(found),
            "is_cut": len(shown) < len(found),
        }

    def _shown(self, key: str, label: str, figure: ClaimFigure) -> dict[str, Any]:
        narrowing = {self.group: key}
        return {
            "label": label,
            "figure": figure,
            "opened": words.number(figure.opened),
            "ended": words.number(figure.ended),
            "share": words.share(figure.share) if figure.ended else "–",
            "is_met": figure.share is None or figure.share >= claim_words.GOAL,
            "late": figure.late,
            "median": words.length(figure.median),
            "percentile_90": words.length(figure.percentile_90),
            "fixed": words.share(figure.fixed_share) if figure.worked else "–",
            "cost": claim_words.money(figure.cost_each),
            "repeats": words.share(figure.repeat_share) if figure.ended else "–",
            "is_repeat_met": figure.repeat_share is None or figure.repeat_share <= self.goal_of_repeats,
            "url": self.claims("ended", **narrowing),
            "late_url": self.claims("late", **narrowing),
            "repeats_url": self.claims("repeats", **narrowing),
            "narrow_url": self.address(self.filters.with_(**{self.group: [key]})),
        }

    def exports(self, tables: Iterable[str]) -> dict[str, str]:
        """The addresses of the exports of this page."""
        query = self.address().partition("?")[2]

        def address(file: str, **more: str) -> str:
            return f"{ADDRESS}export.{file}?{'&'.join(part for part in (query, urlencode(more)) if part)}"

        return {"xlsx": address("xlsx"), **{name: address("csv", table=name) for name in tables}}


_OLD = {"d7", "older"}


def _hours(seconds: float | None) -> float | None:
    return round(seconds / 3600, 1) if seconds is not None else None


def _change(by: float, text: str, up_is_good: bool) -> dict[str, str]:
    """How a figure moved since the stretch before, and whether that is good."""
    if abs(by) < _STEADY:
        return {"change": text, "change_icon": "minus", "change_look": ""}
    return {
        "change": text,
        "change_icon": "arrow-up-right" if by > 0 else "arrow-down-right",
        "change_look": "good" if (by > 0) == up_is_good else "bad",
    }
