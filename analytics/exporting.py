"""Tables as files: CSV for one, XLSX for several. Cells are values; no text of a ticket or a name becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter import Workbook

# How a cell begins that a spreadsheet might take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | date | None


@dataclass(frozen=True)
class Sheet:
    """A table: its name, headings, rows; the columns in `shares` are per cent, those in `times` seconds."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def safe(cell: Cell) -> Any:
    """The cell for a CSV file: a text that begins like a formula gets an apostrophe, which spreadsheets hide."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    if isinstance(cell, float):
        return round(cell, 2)
    return "" if cell is None else cell


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a mark at its beginning, so that spreadsheets read Chinese as what it is (RFC 4180 lines)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(str(column)) for column in sheet.columns])
    writer.writerows([safe(cell) for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """A workbook with a page for each table."""
    out = io.BytesIO()
    # texts stay texts: no formulas, no links
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(_page_name(sheet.name))
            page.freeze_panes(1, 0)
            for column, title in enumerate(sheet.columns):
                page.write_string(0, column, str(title), heading)
                page.set_column(column, column, max(10, min(40, len(str(title)) + 4)))
            for nth, row in enumerate(sheet.rows, 1):
                for column, cell in enumerate(row):
                    if cell is None:
                        continue
                    if isinstance(cell, date):
                        page.write_datetime(nth, column, cell, day)
                    elif isinstance(cell, str):
                        page.write_string(nth, column, cell)
                    else:
                        page.write_number(nth, column, round(cell, 2))
    return out.getvalue()


def _page_name(name: str) -> str:
    """A worksheet's name: at most 31 characters, without those that are forbidden there."""
    return "".join(" " if mark in "[]:*?/\\" else mark for mark in name).strip("'")[:31] or "1"
