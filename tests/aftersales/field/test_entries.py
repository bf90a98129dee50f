"""What an engineer's phone sends is done once, in its order, by the engineer whose visit it is."""

from __future__ import annotations

import hashlib
import posixpath
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.claims.models import Claim, ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.field.models import FieldEntry, Signature, VisitPart, VisitPhoto
from aftersales.field.offline import FILES
from aftersales.field.services.signing import is_genuine
from aftersales.outlets.models import PartStock, PartWait, StockMove
from aftersales.visits.models import Engineer, Visit, VisitResult, VisitState
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import Event
from helpdesk.customers.models import Product
from tests.aftersales.field.conftest import Phone, picture
from tests.aftersales.outlets.factories import make_claim_to_visit, make_engineer, make_outlet, make_visit
from tests.factories import make_staff
from tickets.models import StatusCategory, Ticket

pytestmark = pytest.mark.django_db


def whole_visit(phone: Phone, visit: Visit, pump: Product) -> None:
    """Check in, use a part, take a photo, sign, finish."""
    position = {"latitude": 30.25, "longitude": 120.13, "within": 12}
    assert phone.do(visit, "check_in", {"position": position}).status_code == 201
    assert phone.do(visit, "part", {"product": pump.sku, "quantity": 2}).status_code == 201
    assert phone.do(visit, "photo", file=picture()).status_code == 201
    assert phone.sign(visit).status_code == 201
    answer = phone.do(visit, "finish", {"result": "done", "work": "Replaced the pump"})
    assert answer.status_code == 201, answer.content


@pytest.mark.req("F8", "route list")
def test_the_day_comes_in_route_order_with_what_the_engineer_needs(
    phone: Phone, visit: Visit, engineer: Engineer, pump: Product
) -> None:
    earlier = make_visit(engineer, hours=0.5)
    make_visit(make_engineer(), hours=1)
    day = phone.day()
    assert [one["id"] for one in day["visits"]] == [earlier.pk, visit.pk]
    shown = day["visits"][0]
    assert (shown["name"], shown["phone"]) == ("Li Na", "13800001111")
    assert "West Lake Road" in shown["address"]
    assert day["parts"] == [{"sku": pump.sku, "name": "Drain pump", "quantity": 3}]


def test_the_day_costs_the_same_whatever_it_holds(phone: Phone, engineer: Engineer) -> None:
    make_visit(engineer)
    with CaptureQueriesContext(connection) as few:
        phone.day()
    for hours in (4, 6, 8):
        make_visit(engineer, hours=hours)
    with CaptureQueriesContext(connection) as many:
        phone.day()
    assert len(many) == len(few) <= 14


@pytest.mark.req("A1", "visit page")
@pytest.mark.req("F8", "works offline")
@pytest.mark.req("F8", "signature")
def test_a_visit_from_check_in_to_signature(phone: Phone, visit: Visit, pump: Product) -> None:
    whole_visit(phone, visit, pump)
    visit.refresh_from_db()
    assert (visit.state, visit.result, visit.work) == (VisitState.FINISHED, VisitResult.DONE, "Replaced the pump")
    assert (visit.here_latitude, visit.here_within) == (30.25, 12)
    assert Claim.objects.get(pk=visit.claim_id).state == "installed"
    assert PartStock.objects.get().quantity == 1
    photo = VisitPhoto.objects.get()
    assert (photo.file.claim_id, photo.file.attachment.content_type) == (visit.claim_id, "image/jpeg")
    signature = Signature.objects.get()
    assert signature.signer == "Li Na"
    assert signature.sha256 == hashlib.sha256(signature.attachment.file.open().read()).hexdigest()
    assert signature.statement["parts"] == [{"sku": pump.sku, "quantity": 2}]
    assert is_genuine(signature)


@pytest.mark.req("F8", "works offline")
def test_the_same_queue_sent_again_changes_nothing(phone: Phone, visit: Visit, pump: Product) -> None:
    whole_visit(phone, visit, pump)
    counts = _counts()
    for deed, file in list(phone.log):
        answer = phone.send(deed, file)
        assert answer.status_code == 200
        assert answer.json()["is_known"]
        assert answer.json()["key"] == deed["key"]
    assert _counts() == counts
    assert PartStock.objects.get().quantity == 1


def _counts() -> list[int]:
    models = (FieldEntry, VisitPart, VisitPhoto, Signature, StockMove, ClaimMove, Event)
    return [model.objects.count() for model in models]


@pytest.mark.req("F8", "works offline")
@pytest.mark.django_db(transaction=True)
def test_the_same_deed_in_two_requests_at_once_is_done_once(phone: Phone, visit: Visit, pump: Product) -> None:
    phone.do(visit, "check_in")
    deed = phone.deed(visit, "part", {"product": pump.sku, "quantity": 1})
    start, answers = Barrier(3), []

    def send() -> None:
        own = Phone(phone.staff)
        start.wait()
        answers.append(own.send(deed).status_code)
        connection.close()

    threads = [Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 201]
    assert PartStock.objects.get().quantity == 2
    assert VisitPart.objects.count() == 1


def test_an_engineer_closing_somebody_elses_visit_is_refused_and_nothing_changes(visit: Visit, pump: Product) -> None:
    other = Phone(make_engineer(username="wang").staff)
    events = Event.objects.count()
    for kind, data in (
        ("check_in", {}),
        ("part", {"product": pump.sku, "quantity": 1}),
        ("finish", {"result": "done", "note": "Was not there"}),
    ):
        answer = other.do(visit, kind, data)
        assert answer.status_code in {403, 404}, answer.content
        assert answer.json()["detail"]
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED
    assert (FieldEntry.objects.count(), Event.objects.count(), PartStock.objects.get().quantity) == (0, events, 3)


@pytest.mark.req("F8", "outlets")
def test_a_colleague_of_the_same_outlet_sees_the_visit_but_does_not_close_it() -> None:
    outlet = make_outlet()
    visit = make_visit(make_engineer(outlet))
    colleague = Phone(make_engineer(outlet).staff)
    answer = colleague.do(visit, "check_in")
    assert answer.status_code in {403, 404}
    assert Visit.objects.get(pk=visit.pk).state == VisitState.BOOKED


@pytest.mark.parametrize("role", ["agent", "warehouse", "finance", "approver", "quality"])
def test_who_carries_out_no_visits_has_no_day(role: str) -> None:
    client = Client()
    client.force_login(make_staff(role=role), backend="helpdesk.accounts.backends.StaffBackend")
    for path in ("/field/", "/field/day/"):
        assert client.get(path).status_code == 403
    assert client.post("/field/entries/", {"entry": "{}"}).status_code == 403


def test_what_one_person_did_is_not_sent_in_anothers_name(phone: Phone, visit: Visit) -> None:
    deed = phone.deed(visit, "check_in", staff=make_staff(role="engineer").pk)
    answer = phone.send(deed)
    assert (answer.status_code, answer.json()["code"]) == (409, "somebody_else")


@pytest.mark.parametrize(
    "entry",
    [
        "", "no json", "[]", "{}", "null", '{"key": "1"}', "[" * 20_000, '{"data": 1}',
        '{"key": "x", "kind": "check_in", "visit": 1, "staff": 1, "at": "2026-01-01T00:00:00Z"}',
        '{"key": "%(key)s", "kind": "dance", "visit": 1, "staff": 1, "at": "2026-01-01T00:00:00Z"}',
        '{"key": "%(key)s", "kind": "check_in", "visit": -1, "staff": 1, "at": "2026-01-01T00:00:00Z"}',
        '{"key": "%(key)s", "kind": "check_in", "visit": 99999999999999999999, "staff": 1, "at": "2026-01-01T00:00:00Z"}',
        '{"key": "%(key)s", "kind": "check_in", "visit": 1, "staff": 1, "at": "yesterday"}',
        '{"key": "%(key)s", "kind": "check_in", "visit": 1, "staff": 1, "at": "2026-13-41T00:00:00Z"}',
        '{"key": "%(key)s", "kind": "check_in", "visit": 1, "staff": 1, "at": "2026-01-01T00:00:00"}',
    ],
)  # fmt: skip
def test_what_is_no_deed_is_refused_in_words(phone: Phone, visit: Visit, entry: str) -> None:
    answer = phone.client.post("/field/entries/", {"entry": entry.replace("%(key)s", "0" * 32)})
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not FieldEntry.objects.exists()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("part", {}),
        ("part", {"product": "nothing-such", "quantity": 1}),
        ("part", {"product": "%(pump)s", "quantity": 0}),
        ("part", {"product": "%(pump)s", "quantity": -2}),
        ("part", {"product": "%(pump)s", "quantity": "many"}),
        ("part", {"product": "%(pump)s", "quantity": 4}),
        ("part", {"product": ["x"], "quantity": {}}),
        ("part_back", {"part": "none"}),
        ("photo", {}),
        ("sign", {"signer": "Li Na"}),
        ("finish", {}),
        ("finish", {"result": "danced"}),
        ("finish", {"result": "done"}),
        ("finish", {"result": "needs_part"}),
        ("finish", {"result": "needs_part", "part": {"product": "nothing-such"}}),
        ("quote", {"quote": None}),
        ("quote", {"quote": {"lines": [{"label": "", "amount": "x"}]}}),
    ],
)
def test_a_deed_that_cannot_be_is_refused_and_may_be_sent_right(
    phone: Phone, visit: Visit, pump: Product, kind: str, data: dict[str, Any]
) -> None:
    phone.do(visit, "check_in")
    counts = _counts()
    filled = {name: pump.sku if value == "%(pump)s" else value for name, value in data.items()}
    answer = phone.do(visit, kind, filled)
    assert answer.status_code in {400, 409}, answer.content
    assert answer.json()["detail"]
    assert _counts() == counts
    assert PartStock.objects.get().quantity == 3


def test_photos_that_are_not_photos_are_refused(phone: Phone, visit: Visit) -> None:
    phone.do(visit, "check_in")
    for data in (b"<html>no photo</html>", b"\xff\xd8\xff\xe0 torn", picture()[:90]):
        answer = phone.do(visit, "photo", file=data)
        assert answer.status_code == 400
        assert answer.json()["fields"]["photo"]
    assert not VisitPhoto.objects.exists()


@pytest.mark.req("F8", "signature")
def test_a_signature_that_did_not_arrive_whole_is_asked_for_again(phone: Phone, visit: Visit) -> None:
    phone.do(visit, "check_in")
    drawn = picture("white", "PNG")
    answer = phone.do(visit, "sign", {"signer": "Li Na", "sha256": "0" * 64}, drawn)
    assert (answer.status_code, answer.json()["code"]) == (422, "torn")
    assert phone.sign(visit).status_code == 201
    assert phone.sign(visit).json()["code"] == "signed_already"
    torn = phone.do(visit, "photo", {"sha256": "1" * 64}, picture())
    assert (torn.status_code, torn.json()["code"]) == (422, "torn")
    assert not VisitPhoto.objects.exists()


@pytest.mark.req("F8", "signature")
def test_the_database_keeps_a_signature_as_it_was_given(phone: Phone, visit: Visit) -> None:
    phone.do(visit, "check_in")
    phone.sign(visit)
    for change in ({"signer": "Somebody"}, {"sha256": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Signature.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        FieldEntry.objects.all().delete()


def test_a_part_taken_by_mistake_goes_back_once(phone: Phone, visit: Visit, pump: Product) -> None:
    phone.do(visit, "check_in")
    used = phone.deed(visit, "part", {"product": pump.sku, "quantity": 2})
    phone.send(used)
    for _again in range(2):
        assert phone.do(visit, "part_back", {"part": used["key"]}).status_code == 201
    assert PartStock.objects.get().quantity == 3


@pytest.mark.req("F8", "parts stock")
def test_a_visit_that_lacks_a_part_waits_for_it_on_hold(phone: Phone, visit: Visit, pump: Product) -> None:
    phone.do(visit, "check_in")
    answer = phone.do(visit, "finish", {"result": "needs_part", "work": "Board is dead", "part": {"product": pump.sku}})
    assert answer.status_code == 201, answer.content
    claim = Claim.objects.get(pk=visit.claim_id)
    assert claim.state == "awaiting_parts"
    assert PartWait.objects.get().product == pump
    assert Ticket.objects.get(pk=claim.ticket_id).status_category == StatusCategory.ON_HOLD


@pytest.mark.req("F8", "on-site free, else quoted first")
def test_a_product_with_service_on_site_never_bears_a_charge(phone: Phone, visit: Visit) -> None:
    Claim.objects.filter(pk=visit.claim_id).update(is_on_site_free=True)
    phone.do(visit, "check_in")
    answer = phone.do(visit, "quote", {"quote": {"lines": [{"label": "Way", "amount": "80.00"}]}})
    assert answer.status_code == 409
    assert "on site" in answer.json()["detail"]
    assert Claim.objects.get(pk=visit.claim_id).owed_amount == 0


@pytest.mark.req("F8", "on-site free, else quoted first")
def test_what_is_not_free_is_quoted_and_accepted_before_the_work_is_done(phone: Phone, visit: Visit) -> None:
    phone.do(visit, "check_in")
    quote = {"lines": [{"label": "New hose", "amount": "60.00"}, {"label": "Labour", "amount": "60.00"}]}
    assert phone.do(visit, "quote", {"quote": quote}).status_code == 201
    claim = Claim.objects.get(pk=visit.claim_id)
    assert claim.state == "quoted_on_site"
    finish = {"result": "done", "work": "New hose", "note": "Did not want to sign"}
    # not before the customer has said yes, and not before it is paid
    assert phone.do(visit, "finish", finish).status_code == 409
    move_claim(claim.pk, "accept_quote", by=Actor.of_customer(claim.customer))
    assert Claim.objects.get(pk=claim.pk).owed_amount == Decimal("120.00")
    assert phone.do(visit, "finish", finish).status_code == 409
    Claim.objects.filter(pk=claim.pk).update(owed_amount=0)
    assert phone.do(visit, "finish", finish).status_code == 201


@pytest.mark.req("F8", "works offline")
def test_a_phone_with_a_wrong_clock_or_long_without_a_network_loses_nothing(phone: Phone, visit: Visit) -> None:
    old = (clock.now() - timedelta(days=30)).isoformat()
    fast = (clock.now() + timedelta(days=2)).isoformat()
    assert phone.send(phone.deed(visit, "check_in", at=old)).status_code == 201
    answer = phone.send(phone.deed(visit, "finish", {"result": "done", "note": "No one to sign"}, at=fast))
    assert answer.status_code == 201, answer.content
    visit.refresh_from_db()
    assert isinstance(visit.finished_at, datetime)
    assert visit.asked_at <= (visit.checked_in_at or visit.asked_at) <= visit.finished_at <= clock.now()
    # what the phone said stays on record
    assert FieldEntry.objects.get(kind="check_in").happened_at.isoformat() == old


def test_the_customer_who_wants_another_time_is_asked_for_one(phone: Phone, visit: Visit) -> None:
    assert phone.do(visit, "other_time", {"note": "On Friday please"}).status_code == 201
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"


@pytest.mark.req("F8", "settlement record")
def test_finishing_the_visit_of_an_outlet_settles_its_work_order() -> None:
    from aftersales.outlets.models import Rate, Settlement
    from aftersales.outlets.services.offering import accept_work, offer_work
    from aftersales.outlets.services.stock import receive_parts
    from helpdesk.core.actors import SYSTEM
    from tests.aftersales.factories import make_product

    outlet = make_outlet()
    engineer = make_engineer(outlet)
    Rate.objects.create(kind="repair", labour=Decimal("100.00"), travel=Decimal("30.00"))
    pump = make_product("Pump")
    receive_parts(outlet, pump, 2, key="in", by=SYSTEM, unit_price=Decimal("45.50"))
    claim = make_claim_to_visit()
    offer = offer_work(claim.pk, by=SYSTEM).offers.get()
    accept_work(offer.pk, by=SYSTEM)
    visit = make_visit(engineer, claim=claim)
    phone = Phone(engineer.staff)
    phone.do(visit, "check_in")
    phone.do(visit, "part", {"product": pump.sku, "quantity": 1})
    assert phone.do(visit, "finish", {"result": "done", "note": "Nobody to sign"}).status_code == 201
    settlement = Settlement.objects.get()
    assert settlement.total == Decimal("175.50")
    assert {line.kind: line.amount for line in settlement.lines.all()} == {
        "labour": Decimal("100.00"),
        "travel": Decimal("30.00"),
        "part": Decimal("45.50"),
    }


@pytest.mark.req("F8", "signature")
def test_the_desk_sees_what_was_done_on_site(phone: Phone, visit: Visit, pump: Product) -> None:
    whole_visit(phone, visit, pump)
    desk = Client()
    desk.force_login(make_staff(role="supervisor"), backend="helpdesk.accounts.backends.StaffBackend")
    number = f"AS-{visit.claim_id}"
    page = desk.get(f"/claims/{number}/visits/").content.decode()
    signature = Signature.objects.get()
    assert all(words in page for words in ("Replaced the pump", pump.sku, "Signed by Li Na", signature.sha256))
    file_id = visit.claim.files.get(attachment=signature.attachment).pk
    assert f"/claims/{number}/files/{file_id}/" in page
    assert desk.get(f"/claims/{number}/files/{file_id}/").status_code == 200
    assert "claim-visits" in desk.get(f"/claims/{number}/panels/").content.decode()
    stranger = Client()
    stranger.force_login(make_staff(role="agent"), backend="helpdesk.accounts.backends.StaffBackend")
    assert stranger.get(f"/claims/{number}/visits/").status_code == 404


def test_the_phone_keeps_every_file_that_its_page_loads() -> None:
    seen: set[str] = set()

    def follow(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        path = finders.find(name)
        assert isinstance(path, str), name
        text = Path(path).read_text()
        for found in re.findall(r'(?:from|import) "(\.[^"]+)"', text):
            follow(posixpath.normpath(posixpath.join(posixpath.dirname(name), found)))

    follow("js/field/app.js")
    follow("js/early.js")
    assert seen <= set(FILES)
    assert all(finders.find(name) for name in FILES)
