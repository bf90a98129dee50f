"""What rules look at: the facts of one application, gathered once, and the fields by which rules name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.customers.models import CustomerLevel, OrderState


@dataclass(frozen=True)
class ApplicationFacts:
    """One line of an application, as it was made. Days are whole calendar days in the company's zone, not counting the first
    (7 days from delivery end with the seventh day after it); None where the moment is not known.

    `paid` is what the customer paid for the claimed quantity. `repairs` counts repairs of the same thing that did not last,
    within its warranty. `price_drop` is how much cheaper the same quantity is now.
    """

    kind: str
    reason: str
    now: datetime
    category: str = ""
    traits: Sequence[str] = ()
    level: str = CustomerLevel.ORDINARY
    order_state: str = ""
    source: str = ""
    days_since_order: int | None = None
    days_since_delivery: int | None = None
    is_in_warranty: bool | None = None
    warranty_until: datetime | None = None
    is_opened: bool | None = None
    is_complete: bool | None = None
    is_used: bool | None = None
    has_photos: bool = False
    is_serviced_on_site: bool = False
    quantity: int = 1
    paid: Decimal = Decimal(0)
    asked: Decimal | None = None
    price_drop: Decimal = Decimal(0)
    repairs: int = 0
    claims_last_year: int = 0
    payment_methods: Sequence[str] = ()
    delivered_at: datetime | None = None
    ordered_at: datetime | None = None

    @property
    def amount(self) -> Decimal:
        """What it is about in money: what was asked for, else what was paid."""
        return self.asked if self.asked is not None else self.paid


class Shape:
    """How the value of a field is compared."""

    NUMBER = "number"
    CHOICE = "choice"
    TAGS = "tags"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """One thing that a condition may look at; `attribute` of the facts."""

    key: str
    label: Any
    shape: str
    choices: Callable[[], Sequence[tuple[str, Any]]] | None = None
    unit: Any = ""


TRAITS = {
    "custom_made": pgettext_lazy("product trait", "made to measure"),
    "perishable": pgettext_lazy("product trait", "fresh or perishable"),
    "digital": pgettext_lazy("product trait", "digital content"),
    "media": pgettext_lazy("product trait", "media or software, once opened"),
    "press": pgettext_lazy("product trait", "newspaper or magazine"),
    "hygiene": pgettext_lazy("product trait", "touches the body, once opened"),
    "activated": pgettext_lazy("product trait", "loses its value once activated"),
    "clearance": pgettext_lazy("product trait", "near its expiry date, or sold with a named flaw"),
    "three_guarantees": pgettext_lazy("product trait", "under the three guarantees"),
    "trade_in": pgettext_lazy("product trait", "sold with a trade-in"),
}


FIELDS: dict[str, Field] = {
    item.key: item
    for item in (
        Field("reason", _("Reason"), Shape.CHOICE),
        Field("category", _("Category"), Shape.CHOICE),
        Field("traits", _("Product is"), Shape.TAGS, lambda: list(TRAITS.items())),
        Field("level", _("Customer level"), Shape.CHOICE, lambda: CustomerLevel.choices),
        Field("order_state", _("Order is"), Shape.CHOICE, lambda: OrderState.choices),
        Field("source", _("Shop"), Shape.CHOICE),
        Field("payment_methods", _("Paid with"), Shape.TAGS),
        Field("days_since_order", _("Days since the order"), Shape.NUMBER, unit=_("days")),
        Field("days_since_delivery", _("Days since delivery"), Shape.NUMBER, unit=_("days")),
        Field("is_in_warranty", _("In warranty"), Shape.FLAG),
        Field("is_opened", pgettext_lazy("goods", "Opened"), Shape.FLAG),
        Field("is_complete", _("Complete, with everything that came with it"), Shape.FLAG),
        Field("is_used", pgettext_lazy("goods", "Used"), Shape.FLAG),
        Field("has_photos", _("Has photos"), Shape.FLAG),
        Field("is_serviced_on_site", _("Sold with service on site"), Shape.FLAG),
        Field("quantity", _("Quantity"), Shape.NUMBER),
        Field("amount", _("Amount"), Shape.NUMBER),
        Field("price_drop", _("Became cheaper by"), Shape.NUMBER),
        Field("repairs", _("Repairs that did not last"), Shape.NUMBER),
        Field("claims_last_year", _("Claims of the customer in a year"), Shape.NUMBER),
    )
}
OPERATORS: dict[str, tuple[str, ...]] = {
    Shape.NUMBER: ("at_most", "at_least", "above", "below"),
    Shape.CHOICE: ("is", "is_not"),
    Shape.TAGS: ("has", "has_not"),
    Shape.FLAG: ("is",),
}
OPERATOR_WORDS = {
    "at_most": pgettext_lazy("condition", "is at most"),
    "at_least": pgettext_lazy("condition", "is at least"),
    "above": pgettext_lazy("condition", "is above"),
    "below": pgettext_lazy("condition", "is below"),
    "is": pgettext_lazy("condition", "is one of"),
    "is_not": pgettext_lazy("condition", "is none of"),
    "has": pgettext_lazy("condition", "is one of"),
    "has_not": pgettext_lazy("condition", "is none of"),
}
