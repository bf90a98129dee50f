"""The board's figures as tables to be exported: what the page shows, unrounded."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from analytics.aftersales import words as claim_words
from analytics.aftersales.context import ClaimBoard
from analytics.aftersales.selectors import ClaimFigure
from analytics.exporting import Cell, Sheet


def sheets(board: ClaimBoard) -> dict[str, Callable[[], Sheet]]:
    """Each table of the page by its name, made when it is asked for."""
    return {
        "groups": lambda: _groups(board),
        "open": lambda: _open(board),
        "days": lambda: _days(board),
        "causes": lambda: _causes(board),
        "promises": lambda: _promises(board),
    }


def _open(board: ClaimBoard) -> Sheet:
    table = board.open_table()
    columns = [_("State"), *(str(age) for age in table["ages"]), _("Open claims")]
    rows = [[row["label"], *(cell["number"] for cell in row["cells"]), row["number"]] for row in table["rows"]]
    return Sheet(_("Open claims"), columns, rows)


def _days(board: ClaimBoard) -> Sheet:
    rows: list[list[Cell]] = [[row["first"], row["last"], *_numbers(row["figure"])] for row in board.course()["rows"]]
    return Sheet(_("By days"), [_("From"), _("To"), *_headings()], rows)


def _causes(board: ClaimBoard) -> Sheet:
    rows = [[row["label"], *_numbers(row["figure"])] for row in board.causes()["rows"]]
    return Sheet(_("Causes"), [_("Cause"), *_headings()], rows)


def _groups(board: ClaimBoard) -> Sheet:
    name = str(claim_words.GROUP_NAMES[board.group])
    rows = [[row["label"], *_numbers(row["figure"])] for row in board.table()["rows"]]
    return Sheet(name, [name, *_headings()], rows)


def _promises(board: ClaimBoard) -> Sheet:
    columns = [_("Clock"), _("Ended"), _("In target"), _("Breaches"), _("In target, per cent"), _("Median, seconds")]
    rows = [
        [row["label"], figure.ended, figure.met, figure.breached, figure.share, figure.median]
        for row in board.promises()["rows"]
        if (figure := row["figure"])
    ]
    return Sheet(_("Promises"), columns, rows)


def _headings() -> list[str]:
    return [
        _("Opened"),
        _("Ended"),
        _("Within 72 h"),
        _("Within 72 h, per cent"),
        _("Cycle, median, seconds"),
        _("Cycle, 90th percentile, seconds"),
        _("Visited or mended"),
        _("Fixed the first time"),
        _("Fixed the first time, per cent"),
        _("Repeats"),
        _("Repeats, per cent"),
        _("Cost"),
        _("Cost per claim"),
    ]


def _numbers(figure: ClaimFigure) -> list[Cell]:
    return [
        figure.opened,
        figure.ended,
        figure.kept,
        figure.share,
        figure.median,
        figure.percentile_90,
        figure.worked,
        figure.fixed,
        figure.fixed_share,
        figure.repeats,
        figure.repeat_share,
        float(figure.cost),
        figure.cost_each,
    ]
