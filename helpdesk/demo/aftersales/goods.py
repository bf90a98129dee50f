"""What the customers of the demo's claims bought: orders that fit the story, paid in the ways that refunds are split over."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from helpdesk.customers.models import Customer, Order, OrderLine, OrderPayment, OrderState, PaymentMethod, Product
from helpdesk.demo.company import ACCESSORIES, PRODUCTS, ProductSeed

SHOP = "lantian.example"
FIRST_NUMBER = 20_000
_STREETS = ("人民路", "中山路", "解放路", "文三路", "Garden Road", "Century Avenue", "Nanjing Road", "Lakeside Road")
# City as customers of the demo have it → beginnings of postal codes.
_POSTCODES = {
    "上海": ("2000", "2012", "2001"), "Shanghai": ("2000", "2012", "2001"), "杭州": ("3100",), "Hangzhou": ("3100",),
    "苏州": ("2150",), "Suzhou": ("2150",), "南京": ("2100",), "Nanjing": ("2100",), "北京": ("1000",), "Beijing": ("1000",),
    "深圳": ("5180",), "Shenzhen": ("5180",), "广州": ("5100",), "Guangzhou": ("5100",), "成都": ("6100",),
    "Chengdu": ("6100",), "武汉": ("4300",), "Wuhan": ("4300",), "西安": ("7100",), "Xi'an": ("7100",),
}  # fmt: skip


@dataclass(frozen=True)
class Purchase:
    """What was bought when; `delivered_at` is None for what has not arrived. `lot` names the batch it was made in."""

    customer: Customer
    product: ProductSeed
    placed_at: datetime
    delivered_at: datetime | None
    state: str = OrderState.DELIVERED
    lot: str = ""
    city: str = ""


def seed_of(sku: str) -> ProductSeed:
    return next(seed for seed in (*PRODUCTS, *ACCESSORIES) if seed.sku == sku)


def buy(nth: int, purchase: Purchase, chance: random.Random) -> OrderLine:
    """The order with its line and payments; `nth` makes its number."""
    seed, placed = purchase.product, purchase.placed_at
    order = Order.objects.create(
        number=f"LT-{placed:%y%m}-{FIRST_NUMBER + nth}",
        source=SHOP,
        customer=purchase.customer,
        state=purchase.state,
        total=seed.price,
        placed_at=placed,
        delivered_at=purchase.delivered_at,
        shipping={"address": address_of(purchase.customer, chance, purchase.city)},
    )
    OrderPayment.objects.bulk_create(
        OrderPayment(order=order, method=method, amount=amount, bearer=bearer, paid_at=placed)
        for method, amount, bearer in payments_of(seed, chance)
    )
    return OrderLine.objects.create(
        order=order,
        product=Product.objects.get(sku=seed.sku),
        quantity=1,
        unit_price=seed.price,
        serial=f"{seed.sku}{placed:%y%m}C{FIRST_NUMBER + nth}",
        lot=purchase.lot or f"{seed.sku}-{placed - timedelta(days=20):%y%m}",
    )


def payments_of(seed: ProductSeed, chance: random.Random) -> Iterator[tuple[str, Decimal, str]]:
    """How the price was paid: (method, amount, who bore it when it was not the customer)."""
    price, roll = seed.price, chance.randrange(10)
    if price < 1000 or roll < 5:
        if roll == 0:
            yield PaymentMethod.COUPON, Decimal(20), ""
            price -= 20
        yield PaymentMethod.ONLINE, price, ""
    elif roll < 7:
        yield PaymentMethod.DEPOSIT, Decimal(200), ""
        yield PaymentMethod.BALANCE, price - 200, ""
    elif roll < 8:
        yield PaymentMethod.TRADE_IN, Decimal(300), ""
        yield PaymentMethod.ONLINE, price - 300, ""
    else:
        subsidy = (price * 15 / 100).quantize(Decimal("0.01"))
        yield PaymentMethod.SUBSIDY, subsidy, "国家以旧换新补贴"
        yield PaymentMethod.POINTS, Decimal(50), ""
        yield PaymentMethod.ONLINE, price - subsidy - 50, ""


def address_of(customer: Customer, chance: random.Random, city: str = "") -> dict[str, str]:
    """Where they live; the city is their profile's unless another is named."""
    city = city or customer.region or "上海"
    postcode = chance.choice(_POSTCODES.get(city, ("2000",)))
    return {
        "name": customer.name,
        "phone": f"138{chance.randrange(10**7, 10**8)}",
        "city": city,
        "street": f"{chance.choice(_STREETS)} {chance.randrange(1, 400)}",
        "postcode": f"{postcode}{chance.randrange(10, 100)}",
    }
