"""A parcel's way in the running product: the carrier posts, the claim moves by itself, the warehouse works on a phone."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from aftersales.claims.models import Claim, ClaimFile, ClaimMove
from aftersales.parcels.models import Parcel
from channels_app.webhook.hook import sign
from tests.aftersales.factories import make_order
from tests.aftersales.parcels.factories import make_returning
from tests.browser import LiveStack, Opener
from tests.factories import make_account, make_staff, make_ticket

pytestmark = pytest.mark.browser
KEY = "the key of the carrier"


def tell(live: LiveStack, number: str, status: str, words: str, nth: int) -> None:
    """Post as the carrier does."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + nth))
    event = {"id": f"{number}-{nth}", "carrier": "sf", "number": number, "status": status, "at": moment, "text": words}
    body, stamp = json.dumps(event).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "X-Helpdesk-Timestamp": str(stamp),
        "X-Helpdesk-Signature": sign(KEY, stamp, body),
    }
    request = urllib.request.Request(f"{live.url}/hooks/webhook/carrier-{number.lower()}/", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def until(claim: Claim, state: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if Claim.objects.get(pk=claim.pk).state == state:
            return
        time.sleep(0.2)
    raise AssertionError(f"{claim} is {Claim.objects.get(pk=claim.pk).state}, not {state}")


def make_box(live: LiveStack, **fields: Any) -> tuple[Claim, str]:
    """A claim whose parcel is on its way, and an account over which its carrier posts."""
    number = f"SF{time.time_ns() % 10**13:013d}"
    ticket = make_ticket(subject="Back it goes")
    claim = make_returning(number, ticket=ticket, line=make_order(ticket.customer), **fields)
    account = make_account(f"carrier-{number.lower()}", kind="webhook", config={"format": "parcels"})
    account.set_secrets({"webhook_secret": KEY})
    account.save()
    return claim, number


@pytest.mark.req("F12", "carrier webhook")
def test_the_first_scan_pays_out_within_seconds_and_only_once(live: LiveStack) -> None:
    claim, number = make_box(live, on_scan=True)
    for nth, (status, words) in enumerate([("collected", "已揽收"), ("in_transit", "运输中"), ("collected", "已揽收")]):
        tell(live, number, status, words, nth + 1)
        tell(live, number, status, words, nth + 1)
    until(claim, "settling")
    time.sleep(3)
    assert ClaimMove.objects.filter(claim=claim, name="settle").count() == 1
    assert Claim.objects.get(pk=claim.pk).state == "settling"


@pytest.mark.req("F12", "carrier webhook")
@pytest.mark.req("F4", "no state skipped")
def test_the_warehouse_receives_and_inspects_on_a_phone(live: LiveStack, sign_in: Opener, tmp_path: Path) -> None:
    claim, number = make_box(live)
    tell(live, number, "delivered", "已到仓库门口", 1)
    photo = tmp_path / "box.png"
    Image.new("RGB", (40, 30), "brown").save(photo)
    page = sign_in(make_staff(f"wang{number[-6:]}", role="warehouse"), "/warehouse/", width=390, height=844)
    page.get_by_role("searchbox").fill(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=claim.number)).to_be_visible()
    deadline = time.monotonic() + 20
    while Parcel.objects.get(number=number).state != "delivered" and time.monotonic() < deadline:
        time.sleep(0.2)
    page.reload()
    expect(page.get_by_text("已到仓库门口")).to_be_visible()
    page.get_by_role("button", name="Goods received").click()
    expect(page.get_by_role("heading", name="Inspected", exact=True)).to_be_visible()
    page.get_by_label("Condition", exact=False).first.select_option("used")
    page.get_by_label("Photos and files").set_input_files(str(photo))
    page.get_by_role("button", name="Inspected").click()
    expect(page).to_have_url(f"{live.url}/warehouse/")
    assert Claim.objects.get(pk=claim.pk).state == "inspected"
    assert ClaimFile.objects.filter(claim=claim).count() == 1
