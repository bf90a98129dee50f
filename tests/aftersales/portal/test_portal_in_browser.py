"""After-sales on a customer's phone, in a real browser against the running product."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.warranty.labels import label_code
from aftersales.warranty.services.registering import add_labelled
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import OrderLine
from tests.accessibility import violations
from tests.aftersales.factories import make_claim, make_order
from tests.portal.visitor import Open, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def bought(visitor: Visitor) -> OrderLine:
    """A washer that was delivered two days ago."""
    now = timezone.now()
    return make_order(
        visitor.customer,
        quantity=1,
        number=f"LT-{visitor.number[-6:]}",
        placed_at=now - timedelta(days=4),
        delivered_at=now - timedelta(days=2),
    )


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "front.jpg", tmp_path / "label.jpg"]
    for path, colour in zip(found, ((90, 120, 160), (180, 60, 40)), strict=True):
        Image.new("RGB", (400, 300), colour).save(path)
    return found


def apply_for_exchange(page: Page, photos: list[Path]) -> None:
    page.get_by_role("link", name=re.compile("^After-sales.*Washer W1")).tap()
    page.get_by_role("link", name="Exchange").tap()
    expect(page.get_by_text("until", exact=False).first).to_be_visible()
    page.locator("input[type=file]").set_input_files(photos)
    expect(page.locator(".photo-grid img")).to_have_count(2)
    page.get_by_role("button", name="Send the application").tap()


@pytest.mark.req("F3", "one-click application")
def test_exchange_in_three_taps_with_two_photos_on_a_phone(
    open_page: Open,
    visitor: Visitor,
    bought: OrderLine,
    photos: list[Path],
) -> None:
    page = open_page("/portal/", signed_in=True, touch=True)
    apply_for_exchange(page, photos)
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your application")
    claim = Claim.objects.get(customer=visitor.customer)
    assert (claim.kind, claim.verdict, claim.files.count()) == ("exchange", "allowed", 2)
    picture = page.locator(".claim-photos img").first
    expect(picture).to_have_js_property("naturalWidth", 400)


@pytest.mark.req("F2", "explain themselves")
def test_verdict_changes_with_the_reason_before_it_is_sent(
    open_page: Open,
    bought: OrderLine,
) -> None:
    page = open_page(f"/portal/apply/line-{bought.pk}/return/", signed_in=True)
    box = page.locator(".verdict-box")
    expect(box).to_contain_text("No-reason return within 7 days")
    page.get_by_role("radio", name="Faulty").check(force=True)
    expect(box).to_contain_text("Three guarantees")
    page.get_by_role("radio", name="Damaged on arrival").check(force=True)
    expect(box).to_contain_text("A person decides")


@pytest.mark.req("F3", "progress step by step")
def test_page_of_a_claim_follows_it_without_being_loaded_again(
    open_page: Open,
    visitor: Visitor,
    bought: OrderLine,
    photos: list[Path],
) -> None:
    page = open_page("/portal/", signed_in=True, touch=True)
    apply_for_exchange(page, photos)
    expect(page.locator(".step[aria-current=step]")).to_contain_text("Applied")
    claim = Claim.objects.get(customer=visitor.customer)
    move_claim(claim.pk, "approve", by=SYSTEM)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("Please send the goods to us")
    expect(page.locator(".step[aria-current=step]")).to_contain_text("Decided")
    expect(page.get_by_label("Number of the parcel")).to_be_visible()
    page.get_by_label("Carrier").select_option("sf")
    page.get_by_label("Number of the parcel").fill("SF1234567890123")
    page.get_by_role("button", name="I have sent the goods").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("The goods are on their way to us")


LOOKS = [("en", "light", (390, 2400), False), ("zh", "dark", (390, 2400), False), ("zh", "light", (1280, 1600), True)]


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_axe_finds_nothing_on_the_pages_of_after_sales(open_page: Open, visitor: Visitor, bought: OrderLine) -> None:
    old = make_order(visitor.customer, delivered_at=timezone.now() - timedelta(days=60))
    ticket = visitor.ticket()
    claim = make_claim("repair", ticket=ticket, line=old, reason="defect")
    move_claim(claim.pk, "approve", by=SYSTEM)
    move_claim(claim.pk, "ask_goods", by=SYSTEM)
    label = add_labelled(bought.product_id, serial=f"W{visitor.number[-8:]}", by=SYSTEM)
    paths = [
        "/portal/",
        "/portal/apply/",
        f"/portal/apply/line-{old.pk}/",
        f"/portal/apply/line-{bought.pk}/return/",
        f"/portal/apply/line-{bought.pk}/invoice/",
        "/portal/claims/",
        f"/portal/claims/{claim.number}/",
        "/portal/products/register/",
        f"/portal/products/line-{bought.pk}/",
        f"/portal/scan/{label_code(label)}/",
    ]
    found = []
    for language, theme, size, is_simple in LOOKS:
        page = open_page("/portal/", signed_in=True, size=size, language=language, theme=theme)
        if is_simple:
            page.context.add_cookies([{"name": "portal_simple", "value": "1", "url": visitor.url}])
        for path in paths:
            page.goto(visitor.url + path)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{path} {language} {theme}: {what}" for what in violations(page)]
            found += [f"{path} {language}: {wide} px too wide"] if wide > 0 else []
        page.close()
    assert found == []
