"""CSV tables of products, orders and serial numbers, as shops and spreadsheets write them.

UTF-8 (with or without a mark) or GB 18030; commas, semicolons or tabs; headings in English or Chinese. An order has one row a
line; rows of one order stand together.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core.errors import Invalid
from helpdesk.customers.models import ImportKind

MOST_RECORDS = 200_000
MOST_CELL = 4_000

# Column → how else it is headed.
_PRODUCT = {
    "sku": ("商品编码", "货号"),
    "name": ("商品名称", "英文名称"),
    "name_zh": ("中文名称",),
    "category": ("类目", "分类"),
    "model": ("型号",),
    "warranty_months": ("保修月数",),
    "is_serviced_on_site": ("上门服务",),
    "traits": ("特性",),
    "is_active": ("在售",),
}
_ORDER = {
    "number": ("order", "order number", "订单号"),
    "shop": ("店铺",),
    "state": ("订单状态", "状态"),
    "placed_at": ("下单时间",),
    "delivered_at": ("签收时间",),
    "currency": ("币种",),
    "total": ("订单金额",),
    "customer_name": ("客户姓名", "姓名"),
    "customer_email": ("email", "邮箱"),
    "customer_phone": ("phone", "手机号", "电话"),
    "line": ("行号",),
    "sku": ("商品编码", "货号"),
    "quantity": ("数量",),
    "unit_price": ("price", "单价"),
    "paid": ("实付",),
    "serial": ("序列号",),
    "lot": ("批次",),
}
_THING = {
    "sku": ("商品编码", "货号"),
    "serial": ("序列号",),
    "lot": ("批次",),
    "customer_name": ("客户姓名", "姓名"),
    "customer_email": ("email", "邮箱"),
    "customer_phone": ("phone", "手机号", "电话"),
    "purchased_on": ("购买日期",),
    "installed_on": ("安装日期",),
}
COLUMNS: dict[str, Mapping[str, Sequence[str]]] = {
    ImportKind.PRODUCTS: _PRODUCT,
    ImportKind.ORDERS: _ORDER,
    ImportKind.THINGS: _THING,
}
NEEDED = {
    ImportKind.PRODUCTS: ("sku", "name"),
    ImportKind.ORDERS: ("number", "sku", "unit_price"),
    ImportKind.THINGS: ("sku", "serial"),
}
_OF_LINES = ("line", "sku", "quantity", "unit_price", "paid", "serial", "lot")
_WHO = {"customer_name": "name", "customer_email": "email", "customer_phone": "phone"}


@dataclass(frozen=True)
class Found:
    """One record of a table: the row where it begins (the heading is row 1), what names it, and its fields."""

    row: int
    key: str
    given: dict[str, Any]


def read_table(kind: str, raw: bytes) -> list[Found]:
    """The records of a file; `Invalid` (field `file`) says what no row of it can help: its encoding, its headings."""
    rows = _rows(_text(raw))
    heading = next(rows, None)
    if heading is None:
        raise Invalid(fields={"file": _("This file is empty.")})
    names = _named(kind, heading[1])
    cells = (
        (number, {name: cell[:MOST_CELL] for name, cell in zip(names, row, strict=False) if name and cell.strip()})
        for number, row in rows
        if any(cell.strip() for cell in row)
    )
    found = list(_RECORDS[kind](cells))
    if not found:
        raise Invalid(fields={"file": _("There is no row below the headings.")})
    if len(found) > MOST_RECORDS:
        raise Invalid(fields={"file": _("Send at most %(most)d records in one file.") % {"most": MOST_RECORDS}})
    return found


def _text(raw: bytes) -> str:
    if b"\x00" in raw[:4096]:
        raise Invalid(fields={"file": _("This is no CSV file. Save the table as CSV (UTF-8) and send that.")})
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise Invalid(fields={"file": _("This is no CSV file. Save the table as CSV (UTF-8) and send that.")})


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        words = _("Row %(row)d cannot be read. Save the table as CSV again.") % {"row": reader.line_num}
        raise Invalid(fields={"file": words}) from None


def _named(kind: str, heading: Sequence[str]) -> list[str]:
    """Our names of the columns; empty for one that we do not know."""
    known = {alias.casefold(): name for name, aliases in COLUMNS[kind].items() for alias in (name, *aliases)}
    names = [
        known.get(cell.strip().casefold().replace("_", " "), known.get(cell.strip().casefold(), "")) for cell in heading
    ]
    missing = [name for name in NEEDED[ImportKind(kind)] if name not in names]
    if missing:
        words = _("The column %(name)s is missing. Known columns: %(known)s.")
        raise Invalid(fields={"file": words % {"name": missing[0], "known": ", ".join(COLUMNS[kind])}})
    if doubled := next((name for name in names if name and names.count(name) > 1), ""):
        raise Invalid(fields={"file": _("The column %(name)s is there twice.") % {"name": doubled}})
    return names


Cells = Iterator[tuple[int, dict[str, str]]]


def _one_a_row(key: str) -> Callable[[Cells], Iterator[Found]]:
    def read(cells: Cells) -> Iterator[Found]:
        for number, row in cells:
            given: dict[str, Any] = {name: cell for name, cell in row.items() if name not in _WHO}
            if who := _who(row):
                given["customer"] = who
            yield Found(number, row.get(key, "")[:200], given)

    return read


def _who(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[column] for column, name in _WHO.items() if column in row}


def _orders(cells: Cells) -> Iterator[Found]:
    """Rows of one number and shop that follow each other are one order; what the first says of the order holds."""
    current: Found | None = None
    same: tuple[str, str] | None = None
    for number, row in cells:
        line = {name: row[name] for name in _OF_LINES if name in row}
        here = (row.get("shop", ""), row.get("number", ""))
        if current is not None and (here == same or not here[1]):
            current.given["lines"].append(line)
            continue
        if current is not None:
            yield current
        given: dict[str, Any] = {name: cell for name, cell in row.items() if name not in _WHO and name not in _OF_LINES}
        current, same = Found(number, here[1][:200], given | {"customer": _who(row), "lines": [line]}), here
    if current is not None:
        yield current


_RECORDS: dict[str, Callable[[Cells], Iterator[Found]]] = {
    ImportKind.PRODUCTS: _one_a_row("sku"),
    ImportKind.ORDERS: _orders,
    ImportKind.THINGS: _one_a_row("serial"),
}
