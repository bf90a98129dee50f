"""What another system says of a product, an order or a thing, read into plain records. Every mistake is named by its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from helpdesk.core.company import company_zone
from helpdesk.core.errors import Invalid
from helpdesk.core.plain import storable
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from helpdesk.customers.models import IdentityKind, OrderState, PaymentMethod

MOST_LINES = 200
MOST_MONEY = Decimal(10) ** 12
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class ProductRecord:
    """A product by its article number; None leaves a value as it is."""

    sku: str
    name: str | None = None
    name_zh: str | None = None
    category: str | None = None
    model: str | None = None
    warranty_months: int | None = None
    is_serviced_on_site: bool | None = None
    traits: tuple[str, ...] | None = None
    is_active: bool | None = None


@dataclass(frozen=True)
class LineRecord:
    """One line of an order; `line` is what the shop calls it, by default its place."""

    line: str
    sku: str
    quantity: int
    unit_price: Decimal
    paid: Decimal | None = None
    serial: str = ""
    lot: str = ""


@dataclass(frozen=True)
class PaymentRecord:
    """A part of what was paid."""

    payment: str
    method: str
    amount: Decimal
    bearer: str = ""


@dataclass(frozen=True)
class OrderRecord:
    """An order by its number and shop. `updated_at` is when the shop changed it last: an older record never wins."""

    number: str
    shop: str
    customer: tuple[Known, ...]
    customer_name: str
    lines: tuple[LineRecord, ...]
    payments: tuple[PaymentRecord, ...] = ()
    state: str | None = None
    currency: str = "CNY"
    total: Decimal | None = None
    placed_at: datetime | None = None
    delivered_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class ThingRecord:
    """One thing with its serial number, perhaps with its owner and when it was bought."""

    sku: str
    serial: str
    lot: str = ""
    customer: tuple[Known, ...] = ()
    customer_name: str = ""
    purchased_on: date | None = None
    installed_on: date | None = None


@dataclass
class Reader:
    """Reads the fields of one mapping and remembers what is wrong with them; `prefix` leads the names of a part."""

    given: Mapping[str, Any]
    prefix: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def part(self, given: Any, prefix: str) -> Reader:
        """A reader of a nested part, whose mistakes are this one's."""
        if not isinstance(given, Mapping):
            self.wrong[prefix] = _("This has to be an object.")
            given = {}
        return Reader(given, f"{prefix}.", self.wrong)

    def refuse(self, name: str, words: str) -> None:
        self.wrong[f"{self.prefix}{name}"] = words

    def done(self) -> None:
        if self.wrong:
            raise Invalid(fields=self.wrong)

    def text(self, name: str, most: int, *, needed: bool = False) -> str:
        given = self.given.get(name)
        is_none = given is None or isinstance(given, (dict, list, bool))
        text = "" if is_none else storable(str(given)).strip()
        if needed and not text:
            self.refuse(name, _("This is needed."))
        if len(text) > most:
            self.refuse(name, _("Use at most %(most)d characters.") % {"most": most})
            return ""
        return text

    def maybe_text(self, name: str, most: int) -> str | None:
        """None when it was left out."""
        return self.text(name, most) if self.given.get(name) is not None else None

    def count(self, name: str, least: int, most: int, *, default: int | None = None) -> int | None:
        given = self.given.get(name)
        if given is None or given == "":
            return default
        try:
            number = int(str(given).strip())
        except ValueError:
            number = least - 1
        if not least <= number <= most or isinstance(given, bool):
            words = _("Enter a number from %(least)d to %(most)d.") % {"least": least, "most": most}
            self.refuse(name, words)
            return default
        return number

    def flag(self, name: str) -> bool | None:
        given = self.given.get(name)
        if given is None or given == "":
            return None
        text = str(given).strip().casefold()
        if text in {"true", "1", "yes", "y", "是"}:
            return True
        if text in {"false", "0", "no", "n", "否"}:
            return False
        self.refuse(name, _("Enter yes or no."))
        return None

    def money(self, name: str, *, needed: bool = False) -> Decimal | None:
        given = self.given.get(name)
        if given is None or given == "":
            if needed:
                self.refuse(name, _("This is needed."))
            return None
        try:
            amount = Decimal(str(given).strip().replace(",", "").lstrip("¥￥$"))
        except InvalidOperation:
            amount = Decimal(-1)
        exponent = amount.as_tuple().exponent
        is_plain = amount.is_finite() and isinstance(exponent, int) and -2 <= exponent <= 12
        if not is_plain or not 0 <= amount < MOST_MONEY:
            self.refuse(name, _("Enter an amount such as 129.90."))
            return None
        return amount

    def moment(self, name: str) -> datetime | None:
        """ISO 8601; a moment without a zone is one of the company's zone."""
        text = self.text(name, 40)
        if not text:
            return None
        try:
            found = parse_datetime(text.replace("/", "-"))
            if found is None and (day := parse_date(text.replace("/", "-"))) is not None:
                found = datetime.combine(day, time())
            if found is None or not 1990 <= found.year <= 2200:
                raise ValueError
        except ValueError:
            self.refuse(name, _("Enter a moment such as 2026-05-01T08:00:00Z."))
            return None
        return (found if found.tzinfo else found.replace(tzinfo=company_zone())).astimezone(UTC)

    def day(self, name: str) -> date | None:
        found = self.moment(name)
        return found.astimezone(company_zone()).date() if found else None

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        text = self.text(name, 40)
        if text and text not in known:
            self.refuse(name, _("Choose one of: %(known)s.") % {"known": ", ".join(known)})
            return None
        return text or None

    def people(self) -> tuple[Known, ...]:
        """Who it is: `email`, `phone`, or the shop's own `id` of them."""
        found: list[Known | None] = []
        if mail := self.text("email", 320):
            found.append(known := identities.email(mail))
            if known is None:
                self.refuse("email", _("This is not an e-mail address."))
        if number := self.text("phone", 40):
            found.append(phone := identities.phone(number, region=settings.DEFAULT_PHONE_REGION))
            if phone is None:
                self.refuse("phone", _("This is not a phone number."))
        return tuple(one for one in found if one is not None)

    def several(self, name: str, most: int) -> list[Any]:
        given = self.given.get(name)
        if given is None:
            return []
        if not isinstance(given, list) or len(given) > most:
            self.refuse(name, _("Give a list of at most %(most)d.") % {"most": most})
            return []
        return given


def read_product(given: Mapping[str, Any], traits: Sequence[str] | None = None) -> ProductRecord:
    """A product; `traits` are the words that rules know (None: any)."""
    reader = Reader(given)
    named = given.get("traits")
    if isinstance(named, str):
        named = [part.strip() for part in re.split(r"[|;；]", named) if part.strip()]
    if named is not None and (not isinstance(named, list) or len(named) > 20):
        reader.refuse("traits", _("Give a list of at most %(most)d.") % {"most": 20})
        named = None
    words = tuple(storable(str(word))[:30] for word in named) if named is not None else None
    if words and traits is not None and (unknown := set(words) - set(traits)):
        reader.refuse("traits", _("“%(word)s” is no trait that rules know.") % {"word": min(unknown)})
    record = ProductRecord(
        sku=reader.text("sku", 60, needed=True),
        name=reader.maybe_text("name", 160),
        name_zh=reader.maybe_text("name_zh", 160),
        category=reader.maybe_text("category", 60),
        model=reader.maybe_text("model", 60),
        warranty_months=reader.count("warranty_months", 0, 600),
        is_serviced_on_site=reader.flag("is_serviced_on_site"),
        traits=words,
        is_active=reader.flag("is_active"),
    )
    reader.done()
    return record


def read_order(given: Mapping[str, Any]) -> OrderRecord:
    """An order with its lines, what was paid how, and whose it is."""
    reader = Reader(given)
    shop = reader.text("shop", 60)
    who = reader.part(given.get("customer"), "customer")
    people = list(who.people())
    own = who.text("id", 200)
    if own:
        people.append(Known(IdentityKind.EXTERNAL, own, scope=f"shop:{shop}"[:60]))
    if not people and not reader.wrong:
        who.refuse("email", _("Give an e-mail address, a phone number or the shop's id of the customer."))
    lines = _each(reader, "lines", _line)
    currency = reader.text("currency", 3) or "CNY"
    if not _CURRENCY.fullmatch(currency):
        reader.refuse("currency", _("Enter a currency such as CNY."))
    record = OrderRecord(
        number=reader.text("number", 60, needed=True),
        shop=shop,
        customer=tuple(people),
        customer_name=who.text("name", 160),
        lines=lines,
        payments=_each(reader, "payments", _payment),
        state=reader.choice("state", OrderState.values),
        currency=currency,
        total=reader.money("total"),
        placed_at=reader.moment("placed_at"),
        delivered_at=reader.moment("delivered_at"),
        updated_at=reader.moment("updated_at"),
    )
    for name, keys in (
        ("lines", [one.line for one in record.lines]),
        ("payments", [p.payment for p in record.payments]),
    ):
        if len(set(keys)) != len(keys):
            reader.refuse(name, _("Name each line once."))
    if not record.lines and "lines" not in reader.wrong:
        reader.refuse("lines", _("An order has at least one line."))
    reader.done()
    return record


def _each(reader: Reader, name: str, read: Callable[[Reader, int], Any]) -> tuple[Any, ...]:
    given = reader.several(name, MOST_LINES)
    return tuple(read(reader.part(one, f"{name}.{nth}"), nth) for nth, one in enumerate(given))


def _line(reader: Reader, nth: int) -> LineRecord:
    return LineRecord(
        line=reader.text("line", 60) or str(nth + 1),
        sku=reader.text("sku", 60, needed=True),
        quantity=reader.count("quantity", 1, 1_000_000, default=1) or 1,
        unit_price=reader.money("unit_price", needed=True) or Decimal(0),
        paid=reader.money("paid"),
        serial=reader.text("serial", 80),
        lot=reader.text("lot", 40),
    )


def _payment(reader: Reader, nth: int) -> PaymentRecord:
    amount = reader.money("amount", needed=True)
    if amount == 0:
        reader.refuse("amount", _("Enter an amount such as 129.90."))
    method = reader.choice("method", PaymentMethod.values)
    return PaymentRecord(
        payment=reader.text("payment", 120) or str(nth + 1),
        method=method or PaymentMethod.ONLINE,
        amount=amount or Decimal(0),
        bearer=reader.text("bearer", 60),
    )


def read_thing(given: Mapping[str, Any]) -> ThingRecord:
    """A thing with its serial number."""
    reader = Reader(given)
    people: tuple[Known, ...] = ()
    name = ""
    if given.get("customer"):
        who = reader.part(given["customer"], "customer")
        people, name = who.people(), who.text("name", 160)
    record = ThingRecord(
        sku=reader.text("sku", 60, needed=True),
        serial=reader.text("serial", 80, needed=True),
        lot=reader.text("lot", 40),
        customer=people,
        customer_name=name,
        purchased_on=reader.day("purchased_on"),
        installed_on=reader.day("installed_on"),
    )
    reader.done()
    return record
