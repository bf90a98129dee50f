"""Posts of carriers' aggregators as they send them: proved by their own signatures, stored raw, followed to the claim."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from aftersales.claims.models import Claim, ClaimMove
from aftersales.parcels.choices import ParcelState, Scan
from aftersales.parcels.models import CarrierEvent, Parcel
from channels_app.carriers import kdniao, kuaidi100
from channels_app.inbox import process_now
from channels_app.models import InboundEvent
from channels_app.webhook.hook import sign
from helpdesk.core.models import ChannelAccount, LeasedState
from tests.aftersales.parcels.factories import follow, make_returning
from tests.factories import make_account

pytestmark = pytest.mark.django_db
KEY = "the key of the aggregator"
BEIJING = ZoneInfo("Asia/Shanghai")


def make_hook(format_: str, *, key: str = KEY) -> ChannelAccount:
    account = make_account(format_, kind="webhook", config={"format": format_})
    account.set_secrets({"webhook_secret": key})
    account.save()
    return account


def work() -> list[LeasedState]:
    return [LeasedState(process_now(event).state) for event in InboundEvent.objects.order_by("pk")]


def soon(minutes: int = 1) -> str:
    """A Beijing time after the claim was opened, as aggregators write one."""
    return (datetime.now(BEIJING) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


def post(account: str, fields: dict[str, str], **changed: str) -> Any:
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**fields, **changed}.items())
    return Client(raise_request_exception=False).post(
        f"/hooks/webhook/{account}/", body.encode(), content_type="application/x-www-form-urlencoded; charset=utf-8"
    )


def of_kuaidi100(number: str = "YT8888888888888", *codes: str, **changed: str) -> dict[str, str]:
    events = [
        {
            "context": f"【深圳市】事件 {code}",
            "time": soon(place + 1),
            "ftime": soon(place + 1),
            "status": "在途",
            "statusCode": code,
            "areaName": "广东,深圳市",
        }
        for place, code in enumerate(codes or ("1",))
    ]
    param = json.dumps(
        {
            "status": "polling",
            "billstatus": "got",
            "message": "",
            "lastResult": {
                "message": "ok",
                "state": "0",
                "status": "200",
                "com": "yuantong",
                "nu": number,
                "data": events[::-1],
            },
        },
        ensure_ascii=False,
    )
    return {"sign": kuaidi100.sign(KEY, param), "param": param} | changed


def of_kdniao(number: str = "SF1234567890123", *codes: str, key: str = KEY) -> dict[str, str]:
    traces = [
        {"AcceptTime": soon(place + 1), "AcceptStation": f"已收件 {code}", "Location": "深圳", "Action": code}
        for place, code in enumerate(codes or ("1",))
    ]
    data = json.dumps(
        {
            "EBusinessID": "1109259",
            "PushTime": soon(),
            "Count": "1",
            "Data": [
                {
                    "EBusinessID": "1109259",
                    "ShipperCode": "SF",
                    "LogisticCode": number,
                    "Success": True,
                    "State": "2",
                    "Traces": traces,
                }
            ],
        },
        ensure_ascii=False,
    )
    return {"RequestType": "101", "RequestData": data, "DataSign": kdniao.sign(key, data)}


@pytest.mark.req("F12", "carrier webhook")
def test_a_push_of_kuaidi100_pays_out_by_the_first_scan() -> None:
    make_hook("kuaidi100")
    claim = make_returning("YT8888888888888", on_scan=True)
    Parcel.objects.update(carrier_id=carrier_id("yto"))
    answer = post("kuaidi100", of_kuaidi100("YT8888888888888", "1", "0"))
    assert answer.json() == {"result": True, "returnCode": "200", "message": "ok"}
    assert Claim.objects.get(pk=claim.pk).state == "returning"
    assert work() == [LeasedState.DONE]
    follow()
    assert Claim.objects.get(pk=claim.pk).state == "settling"
    event = InboundEvent.objects.get()
    assert (event.handler, event.order_key, event.ticket_id) == (
        "carrier.kuaidi100",
        "YT8888888888888",
        claim.ticket_id,
    )
    first = CarrierEvent.objects.order_by("at")[0]
    assert (first.scan, first.place, first.words) == (Scan.COLLECTED, "广东,深圳市", "【深圳市】事件 1")
    # the whole history comes again with each new event
    post("kuaidi100", of_kuaidi100("YT8888888888888", "1", "0", "5"))
    post("kuaidi100", of_kuaidi100("YT8888888888888", "1", "0", "5"))
    work()
    follow()
    assert Parcel.objects.get().state == ParcelState.OUT_FOR_DELIVERY
    assert ClaimMove.objects.filter(claim=claim, name="settle").count() == 1


def carrier_id(key: str) -> int:
    from aftersales.parcels.models import Carrier

    return Carrier.objects.get(key=key).pk


@pytest.mark.req("F12", "carrier webhook")
def test_a_push_of_kdniao_is_followed_and_answered_as_it_wants() -> None:
    make_hook("kdniao")
    claim = make_returning()
    answer = post("kdniao", of_kdniao("SF1234567890123", "1", "2", "202", "3"))
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("EBusinessID", "Success", "Reason")} == {
        "EBusinessID": "1109259",
        "Success": True,
        "Reason": "",
    }
    work()
    follow()
    parcel = Parcel.objects.get(claim=claim)
    assert parcel.state == ParcelState.DELIVERED
    # a time without a zone is Beijing's
    assert parcel.first_scan_at is not None
    assert abs(parcel.first_scan_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_signature_that_was_encoded_once_more_is_the_same() -> None:
    make_hook("kdniao")
    fields = of_kdniao()
    assert post("kdniao", fields, DataSign=quote(fields["DataSign"], safe="")).status_code == 200


@pytest.mark.req("F12", "carrier webhook")
@pytest.mark.parametrize(
    ("account", "fields", "changed"),
    [
        ("kuaidi100", of_kuaidi100(), {"sign": ""}),
        ("kuaidi100", of_kuaidi100(), {"sign": "密"}),
        ("kuaidi100", of_kuaidi100(), {"sign": "0" * 32}),
        ("kuaidi100", of_kuaidi100(), {"param": of_kuaidi100("SF0000000000000")["param"]}),
        ("kuaidi100", {}, {}),
        ("kdniao", of_kdniao(), {"DataSign": ""}),
        ("kdniao", of_kdniao(key="another key"), {}),
        ("kdniao", of_kdniao(), {"RequestData": "{}"}),
        ("kdniao", of_kuaidi100(), {}),
    ],
    # the bodies hold the moment, which two processes of one run would name differently
    ids=["unsigned", "no letters", "another signature", "another body", "nothing", "kdniao unsigned", "another key",
         "kdniao another body", "of the other"],
)  # fmt: skip
def test_a_forged_push_is_refused_and_nothing_is_stored(
    account: str, fields: dict[str, str], changed: dict[str, str]
) -> None:
    make_hook(account)
    answer = post(account, fields, **changed)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")
    assert InboundEvent.objects.count() == 0
    assert CarrierEvent.objects.count() == 0


def test_an_account_without_a_key_takes_nothing() -> None:
    make_hook("kuaidi100", key="")
    param = of_kuaidi100()["param"]
    assert post("kuaidi100", {"param": param, "sign": kuaidi100.sign("", param)}).status_code == 401


def test_a_key_that_was_changed_holds_until_the_next_change() -> None:
    account = make_hook("kuaidi100", key="new")
    account.set_secrets({"webhook_secret": "new", "webhook_secret_former": KEY})
    account.save()
    assert post("kuaidi100", of_kuaidi100()).status_code == 200


def signed(body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = int(time.time())
    headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(KEY, stamp, raw)}
    client = Client(raise_request_exception=False)
    return client.post("/hooks/webhook/parcels/", raw, content_type="application/json", headers=headers)


EVENT = {
    "id": "e-1",
    "carrier": "sf",
    "number": "sf 1234567890123",
    "status": "collected",
    "at": "2126-01-01T10:00:00Z",
}


@pytest.mark.req("F12", "carrier webhook")
def test_events_in_our_own_format_are_one_item_each() -> None:
    make_hook("parcels")
    claim = make_returning()
    answer = signed({"events": [EVENT, {**EVENT, "id": "e-2", "status": "delivered"}, EVENT]})
    assert [one["is_duplicate"] for one in answer.json()["events"]] == [False, False]
    assert signed(EVENT).json()["events"][0]["is_duplicate"] is True
    assert set(work()) == {LeasedState.DONE}
    follow()
    parcel = Parcel.objects.get(claim=claim)
    assert parcel.state == ParcelState.DELIVERED
    # a clock that runs ahead says nothing of the future
    assert parcel.delivered_at is not None
    assert parcel.delivered_at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({**EVENT, "number": ""}, "names no parcel"),
        ({**EVENT, "number": None}, "names no parcel"),
        ({**EVENT, "at": "yesterday"}, "has no time"),
        ({**EVENT, "at": "0001-01-01T00:00:00Z"}, "has no time"),
        ({**EVENT, "status": "flying"}, "is none of"),
        ([], "names no parcel"),
        (b"\xff\x00{", "names no parcel"),
        (b"[" * 5000, "names no parcel"),
    ],
    ids=str,
)
def test_an_event_that_cannot_be_read_is_parked_with_its_raw_source(event: Any, reason: str) -> None:
    make_hook("parcels")
    assert signed(event).status_code == 200
    assert work() == [LeasedState.PARKED]
    stored = InboundEvent.objects.get()
    assert reason in stored.reason
    assert stored.raw
    assert CarrierEvent.objects.count() == 0


@pytest.mark.parametrize("field", ["nu", "com", "data", "lastResult", "ftime", "context", "statusCode"])
@pytest.mark.parametrize("value", [None, 7, "", [], {}, "\x00\ud800", "x" * 100_000])
def test_whatever_kuaidi100_sends_under_its_key_never_fails(field: str, value: Any) -> None:
    make_hook("kuaidi100")
    read = json.loads(of_kuaidi100("YT8888888888888", "1")["param"])
    target = read["lastResult"]
    if field == "lastResult":
        read[field] = value
    elif field in target:
        target[field] = value
    else:
        target["data"][0][field] = target["data"][0]["time"] = value
    param = json.dumps(read)
    answer = post("kuaidi100", {"param": param, "sign": kuaidi100.sign(KEY, param)})
    assert answer.status_code == 200
    assert work()[0] in {LeasedState.DONE, LeasedState.PARKED}


@pytest.mark.req("F12", "carrier webhook")
def test_an_order_that_the_event_names_is_delivered_without_anybody_announcing_its_parcel() -> None:
    make_hook("parcels")
    from tests.aftersales.factories import make_order
    from tests.factories import make_customer

    line = make_order(make_customer(), state="paid", number="SO-77", source="shop")
    signed({**EVENT, "order": "SO-77", "shop": "shop", "at": datetime.now(UTC).isoformat()})
    work()
    follow()
    line.order.refresh_from_db()
    assert line.order.state == "shipped"
    signed({**EVENT, "id": "e-2", "order": "SO-77", "status": "delivered", "at": datetime.now(UTC).isoformat()})
    work()
    follow()
    line.order.refresh_from_db()
    assert line.order.state == "delivered"
    assert line.order.delivered_at is not None


def test_an_order_is_found_by_the_number_that_it_was_sent_with() -> None:
    make_hook("parcels")
    from tests.aftersales.factories import make_order
    from tests.factories import make_customer

    customer = make_customer()
    shipping = {"carrier": "SF", "tracking_number": "SF1234567890123"}
    line = make_order(customer, state="paid", shipping=shipping)
    signed({**EVENT, "status": "delivered", "at": datetime.now(UTC).isoformat()})
    work()
    follow()
    line.order.refresh_from_db()
    assert line.order.state == "delivered"
    # a number that two orders have names neither
    make_order(customer, state="paid", shipping={"tracking_number": "SF2222222222222"})
    make_order(customer, state="paid", shipping={"tracking_number": "SF2222222222222"})
    signed({**EVENT, "id": "e-9", "number": "SF2222222222222"})
    work()
    assert CarrierEvent.objects.get(number="SF2222222222222").is_stray
    reasons = set(InboundEvent.objects.filter(is_ignored=True).values_list("reason", flat=True))
    assert reasons == {"no parcel has this number yet"}


def test_an_administrator_chooses_what_a_webhook_brings() -> None:
    from tests.factories import make_staff

    browser = Client(raise_request_exception=False)
    browser.force_login(make_staff("adm", role="administrator"), backend="helpdesk.accounts.backends.StaffBackend")
    given = {"slug": "kdn", "name": "KDNiao", "language": "en", "grade": "long_tail", "format": "kdniao", "key": KEY}
    assert browser.post("/settings/channels/new/webhook/", given).status_code == 302
    account = ChannelAccount.objects.get(slug="kdn")
    assert (account.config["format"], account.secrets["webhook_secret"]) == ("kdniao", KEY)
    page = browser.get("/settings/channels/kdn/").content.decode()
    assert "/hooks/webhook/kdn/" in page
    assert KEY not in page
    assert post("kdn", of_kdniao()).status_code == 200
    assert browser.post("/settings/channels/new/webhook/", {**given, "slug": "x", "format": "none"}).status_code == 422
    # without a key we make one, and show it once
    shown = browser.post("/settings/channels/new/webhook/", {**given, "slug": "k100", "format": "kuaidi100", "key": ""})
    assert shown.status_code == 200
    assert ChannelAccount.objects.get(slug="k100").secrets["webhook_secret"] in shown.content.decode()
