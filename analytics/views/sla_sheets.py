"""The dashboard's figures as tables to be exported: what a page shows, unrounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from analytics import words
from analytics.exporting import Sheet
from analytics.views.sla_context import ADDRESS, CARD_BY, Board


def sheets(board: Board) -> dict[str, Callable[[], Sheet]]:
    """Each table of the page by its name, made when it is asked for."""
    return {"days": lambda: _days(board), "groups": lambda: _groups(board), "policies": lambda: _policies(board)}


def choices(board: Board) -> dict[str, Any]:
    """The addresses of the exports of this page."""
    query = board.address().partition("?")[2]

    def address(file: str, **more: str) -> str:
        return f"{ADDRESS}export.{file}?{'&'.join(part for part in (query, urlencode(more)) if part)}"

    return {"xlsx": address("xlsx"), **{name: address("csv", table=name) for name in sheets(board)}}


def _days(board: Board) -> Sheet:
    rows = [[row["day"], *_numbers(row["figure"])] for row in board.course()["rows"]]
    return Sheet(_("By day"), [_("Day"), *_headings()], rows)


def _groups(board: Board) -> Sheet:
    name = str(words.DIMENSION_NAMES[board.by]) if board.by in CARD_BY else _("Group")
    rows = [[row["label"], *_numbers(row["figure"])] for row in board.card()["rows"]]
    return Sheet(name, [name, *_headings()], rows)


def _policies(board: Board) -> Sheet:
    first = _("Policy") if board.group == "policy" else str(words.DIMENSION_NAMES[board.group])
    columns = [
        first,
        _("For"),
        _("Clock"),
        _("Target"),
        *_headings(),
        _("Median, seconds"),
        _("95th percentile, seconds"),
    ]
    rows = [
        [
            row["label"],
            row["part"],
            row["metric"],
            row["target"],
            *_numbers(row["figure"]),
            row["figure"].median,
            row["figure"].percentile_95,
        ]
        for row in board.table()["rows"]
    ]
    return Sheet(_("Policies and targets") if board.group == "policy" else first, columns, rows)


def _headings() -> list[str]:
    return [_("Ended"), _("In target"), _("Breaches"), _("In target, per cent")]


def _numbers(figure: Any) -> list[int | float | None]:
    return [figure.ended, figure.met, figure.breached, figure.share]
