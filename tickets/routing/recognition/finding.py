"""Finding facts in what a customer wrote and sent. Pure: texts, files and orders come in, facts go out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from tickets.routing.recognition.arriving import ORDER_NUMBER
from tickets.routing.recognition.models import FactSource

ORDER, SERIAL, PHOTO = "order_number", "serial_number", "photo"
BUILT_IN: dict[str, Any] = {
    ORDER: gettext_lazy("Order number"),
    SERIAL: gettext_lazy("Serial number"),
    PHOTO: gettext_lazy("Photo of the fault"),
}
MOST_CANDIDATES = 50
MOST_CHARACTERS = 50_000
_BLANKS = re.compile(r"\s+")
# A token behind one of these words is meant as a serial number, whatever it looks like.
_NAMED_SERIAL = re.compile(
    r"(?:serial(?:\s*(?:number|no\.?|nr\.?))?|s/n|\bsn\b|序列号|机身编号|机身号|机身码|出厂编号|产品编号|sn码|编号)"
    r"\s*(?:is|are|为|是)?\s*[:：#]?\s*([A-Z0-9][A-Z0-9-]{4,29})(?![A-Z0-9-])",
    re.IGNORECASE,
)
_NAMED_ORDER = re.compile(
    r"(?:order(?:\s*(?:number|no\.?|nr\.?|id))?|订单编号|订单号|订单|单号)\s*(?:is|为|是)?\s*[:：#]?\s*"
    r"([A-Z0-9][A-Z0-9-]{4,29})(?![A-Z0-9-])",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![A-Za-z0-9-])[A-Za-z0-9][A-Za-z0-9-]{4,29}(?![A-Za-z0-9-])")


@dataclass(frozen=True)
class KnownOrder:
    """An order of the customer, as far as facts are looked up in it."""

    number: str
    serials: Sequence[str] = ()
    skus: Sequence[str] = ()


@dataclass(frozen=True)
class Material:
    """What may hold facts: the customer's texts, their files' types, their orders, the ticket's fields."""

    texts: Sequence[str] = ()
    file_types: Sequence[str] = ()
    orders: Sequence[KnownOrder] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    # SKU (empty: every product) → compiled expression of a whole serial number
    serial_patterns: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Found:
    """Facts with their value and where they were found; how many order numbers were named that are not the customer's."""

    values: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    unverified: int = 0

    def note(self, fact: str, value: str, source: FactSource) -> None:
        self.values.setdefault(fact, value)
        self.sources.setdefault(fact, str(source))


def find_facts(wanted: Sequence[str], material: Material) -> Found:
    """Which of the wanted facts the material holds."""
    found = Found()
    for fact in wanted:
        value = material.fields.get(fact)
        if value not in (None, ""):
            found.note(fact, str(value), FactSource.FIELD)
    text = _one_space(unicodedata.normalize("NFKC", "\n".join(material.texts))[:MOST_CHARACTERS])
    if ORDER in wanted and ORDER not in found.values:
        _find_order(found, text, material)
    if SERIAL in wanted and SERIAL not in found.values:
        _find_serial(found, text, material)
    if PHOTO in wanted and any(kind.startswith(("image/", "video/")) for kind in material.file_types):
        found.note(PHOTO, "", FactSource.ATTACHMENT)
    return found


def _one_space(text: str) -> str:
    """Runs of blanks as one: the expressions below try each blank at several places, and a customer may send thousands."""
    return _BLANKS.sub(" ", text)


def same(number: str) -> str:
    """A number as it is compared: without hyphens and blanks, in capitals."""
    return re.sub(r"[\s-]", "", number).upper()


def _find_order(found: Found, text: str, material: Material) -> None:
    theirs = {same(order.number): order.number for order in material.orders}
    tokens = _TOKEN.findall(text)[: MOST_CANDIDATES * 4]
    for token in tokens:
        if same(token) in theirs:
            found.note(ORDER, theirs[same(token)], FactSource.TEXT)
            return
    named = {same(token) for token in _NAMED_ORDER.findall(text) if any(char.isdigit() for char in token)}
    found.unverified = min(
        9, len(named) or len({same(token) for token in ORDER_NUMBER.findall(text)[:MOST_CANDIDATES]})
    )


def _find_serial(found: Found, text: str, material: Material) -> None:
    theirs = {same(serial): serial for order in material.orders for serial in order.serials if serial}
    tokens = _TOKEN.findall(text)[: MOST_CANDIDATES * 4]
    for token in tokens:
        if same(token) in theirs:
            found.note(SERIAL, theirs[same(token)], FactSource.TEXT)
            return
    named = [token for token in _NAMED_SERIAL.findall(text) if any(char.isdigit() for char in token)]
    for token in [*named, *tokens]:
        if _fits(token, material, is_named=token in named):
            found.note(SERIAL, token.upper(), FactSource.TEXT)
            return
    order = next((order for order in material.orders if order.number == found.values.get(ORDER)), None)
    serials = [serial for serial in order.serials if serial] if order else []
    if len(serials) == 1:
        found.note(SERIAL, serials[0], FactSource.ORDER)


def _fits(token: str, material: Material, *, is_named: bool) -> bool:
    """Whether a token may be a serial: by the patterns of the customer's products; without any, by being named as one."""
    bought = {sku for order in material.orders for sku in order.skus}
    patterns = [pattern for sku, pattern in material.serial_patterns.items() if not sku or not bought or sku in bought]
    if patterns:
        return any(pattern.fullmatch(token) for pattern in patterns)
    return is_named
