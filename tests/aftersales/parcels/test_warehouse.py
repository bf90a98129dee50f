"""The warehouse's pages: what waits, what a scanner finds, receiving, inspecting, dispatching; and who may not."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from aftersales import warehouse_urls
from aftersales.claims.models import Claim, ClaimFile, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.parcels.choices import ParcelState, ProblemKind, Scan
from aftersales.parcels.models import Carrier, Parcel, ParcelProblem
from aftersales.selectors.warehouse import counts, read_place, waiting
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import GOODS_HANDLE, PERMISSIONS, Role
from helpdesk.core.actors import SYSTEM
from tests.aftersales.parcels.factories import NUMBER, follow, make_awaiting, make_returning, say
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
AsStaff = Callable[[Staff], Client]


@pytest.fixture
def as_staff() -> AsStaff:
    def sign_in(staff: Staff) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return sign_in


@pytest.fixture
def browser(as_staff: AsStaff) -> Client:
    return as_staff(make_staff("wang", role=Role.WAREHOUSE))


def picture(name: str = "box.png") -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def state_of(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


@pytest.mark.req("F4", "no state skipped")
def test_goods_are_received_inspected_with_photos_and_sent_on(browser: Client) -> None:
    claim = make_returning(kind=ClaimKind.EXCHANGE, quantity=2)
    line = claim.loaded_lines[0]
    base = f"/warehouse/{claim.number}/"
    page = browser.get("/warehouse/").content.decode()
    assert claim.number in page
    assert NUMBER in page
    found = browser.get("/warehouse/", {"q": f" {NUMBER.lower()} "})
    assert (found.status_code, found["Location"]) == (302, base)
    answer = browser.post(f"{base}receive/", {f"received_{line.pk}": "2"})
    assert (answer.status_code, answer["Location"]) == (302, base)
    assert state_of(claim) == "received"
    parcel = Parcel.objects.get()
    assert parcel.received_at is not None
    assert not parcel.is_open
    looked = {
        f"condition_{line.pk}": "used",
        f"damaged_{line.pk}": "1",
        f"remark_{line.pk}": "Scratch",
        "files": picture(),
    }
    assert browser.post(f"{base}inspect/", looked).status_code == 302
    line.refresh_from_db()
    assert (line.condition, line.damaged_quantity, line.received_quantity, line.remark) == ("used", 1, 2, "Scratch")
    assert ClaimFile.objects.get(claim=claim).purpose == "inspection"
    move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    assert claim.number in browser.get("/warehouse/?tab=dispatch").content.decode()
    sent = {"parcel_carrier": "zto", "parcel_number": "ZT 7788 9900 11"}
    assert browser.post(f"{base}dispatch/", sent).status_code == 302
    assert state_of(claim) == "dispatched"
    assert Parcel.objects.filter(direction="out").values_list("number", flat=True)[0] == "ZT7788990011"


@pytest.mark.parametrize(
    ("step", "given", "words"),
    [
        ("receive", {"received": "3"}, "less than or equal to 1"),
        ("receive", {"received": "0"}, "Say how many came."),
        ("receive", {"received": "many"}, "Enter a whole number."),
        ("receive", {}, "This field is required."),
    ],
)
def test_a_receipt_that_makes_no_sense_is_refused_in_words(
    browser: Client, step: str, given: dict[str, str], words: str
) -> None:
    claim = make_returning()
    line = claim.loaded_lines[0]
    answer = browser.post(
        f"/warehouse/{claim.number}/{step}/", {f"{name}_{line.pk}": value for name, value in given.items()}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert state_of(claim) == "returning"


def test_a_photo_that_is_none_is_refused_and_nothing_is_written(browser: Client) -> None:
    claim = make_returning()
    line = claim.loaded_lines[0]
    browser.post(f"/warehouse/{claim.number}/receive/", {f"received_{line.pk}": "1"})
    fake = SimpleUploadedFile("box.png", b"<html>no picture</html>", "image/png")
    answer = browser.post(
        f"/warehouse/{claim.number}/inspect/",
        {f"condition_{line.pk}": "used", f"damaged_{line.pk}": "0", "files": fake},
    )
    assert answer.status_code == 422
    assert "no picture" in answer.content.decode()
    assert state_of(claim) == "received"
    assert ClaimFile.objects.count() == 0


def test_a_move_of_another_step_or_of_somebody_else_moves_nothing(browser: Client) -> None:
    claim = make_returning()
    for name in ("dispatch", "settle", "no_such_move"):
        answer = browser.post(f"/warehouse/{claim.number}/{name}/")
        assert (answer.status_code, answer["Location"]) == (302, f"/warehouse/{claim.number}/")
    assert state_of(claim) == "returning"


def test_two_people_at_one_claim_do_not_receive_it_twice(browser: Client) -> None:
    claim = make_returning(quantity=2)
    line = claim.loaded_lines[0]
    seen = {f"received_{line.pk}": "1", "row_version": str(claim.row_version - 1)}
    assert browser.post(f"/warehouse/{claim.number}/receive/", seen).status_code == 302
    assert state_of(claim) == "returning"


@pytest.mark.parametrize(
    "q", ["", " ", "nothing", "AS-999999999", "\x00", "x" * 500, "密码", "9" * 30, "AS-" + "9" * 19]
)
def test_whatever_is_scanned_is_answered(browser: Client, q: str) -> None:
    assert browser.get("/warehouse/", {"q": q}).status_code == 200


def test_a_scan_finds_claims_by_their_number_order_and_serial(browser: Client) -> None:
    claim = make_returning()
    claim.lines.update(serial="WM-0001")
    assert claim.order is not None
    for q in (claim.number, claim.number.lower(), claim.order.number, "WM-0001"):
        assert browser.get("/warehouse/", {"q": q})["Location"] == f"/warehouse/{claim.number}/"


def test_goods_of_a_claim_that_was_paid_on_the_first_scan_are_taken_in_once(browser: Client) -> None:
    claim = make_returning(on_scan=True)
    say()
    follow()
    assert state_of(claim) == "settling"
    assert claim.number in browser.get("/warehouse/").content.decode()
    page = browser.get(f"/warehouse/{claim.number}/").content.decode()
    assert "The claim was settled before its goods came." in page
    parcel = Parcel.objects.get()
    assert browser.post(f"/warehouse/parcels/{parcel.pk}/take-in/").status_code == 302
    assert browser.post(f"/warehouse/parcels/{parcel.pk}/take-in/").status_code == 409
    parcel.refresh_from_db()
    assert parcel.received_at is not None
    assert claim.number not in browser.get("/warehouse/").content.decode()
    assert state_of(claim) == "settling"


@pytest.mark.req("F12", "carrier webhook")
def test_an_unknown_number_is_listed_and_given_to_its_claim(browser: Client) -> None:
    claim = make_awaiting()
    say(number="SF9999999999999", words="已收件")
    page = browser.get("/warehouse/?tab=strays").content.decode()
    assert "SF9999999999999" in page
    assert "已收件" in page
    given = {"number": "SF9999999999999", "carrier": "sf", "claim": "AS-999999"}
    assert browser.post("/warehouse/numbers/", given).status_code == 302
    assert Parcel.objects.count() == 0
    browser.post("/warehouse/numbers/", given | {"claim": claim.number})
    follow()
    assert state_of(claim) == "returning"
    assert "SF9999999999999" not in browser.get("/warehouse/?tab=strays").content.decode()


def test_a_problem_is_closed_with_what_came_of_it(browser: Client) -> None:
    make_returning()
    say(Scan.LOST)
    follow()
    problem = ParcelProblem.objects.get()
    assert problem.kind == ProblemKind.LOST
    assert "Lost" in browser.get("/warehouse/?tab=problems").content.decode()
    browser.post(f"/warehouse/problems/{problem.pk}/close/", {"words": " "})
    problem.refresh_from_db()
    assert problem.closed_at is None
    browser.post(f"/warehouse/problems/{problem.pk}/close/", {"words": "Found behind the gate"})
    problem.refresh_from_db()
    assert problem.closed_at is not None
    follow()
    assert ParcelProblem.objects.filter(closed_at__isnull=True).count() == 0


@pytest.mark.parametrize("tab", ["incoming", "inspect", "dispatch", "redirect", "problems", "strays", "nothing"])
def test_a_tab_costs_the_same_however_much_waits(browser: Client, tab: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(f"/warehouse/?tab={tab}").status_code == 200
        return len(asked)

    make_returning("SF1111111111111")
    say(Scan.DAMAGED, number="SF1111111111111")
    say(number="SF7777777777777")
    follow()
    few = queries()
    for nth in range(4):
        make_returning(f"SF222222222222{nth}")
        say(Scan.DAMAGED, number=f"SF222222222222{nth}")
        say(number=f"SF888888888888{nth}")
    follow()
    assert queries() <= few
    assert few <= 14


def test_pages_follow_each_other_with_high_value_customers_first(browser: Client) -> None:
    claims = [make_returning(f"SF33333333333{nth}0") for nth in range(5)]
    Claim.objects.filter(pk=claims[3].pk).update(rank=10)
    say(number="SF3333333333310")
    Claim.objects.filter(pk=claims[1].pk).update(settles_on_scan=True)
    follow()
    assert Parcel.objects.get(claim=claims[1]).is_owed
    staff, after, seen = Staff.objects.get(username="wang"), None, []
    for _page in range(4):
        page = waiting(staff, "incoming", after, size=2)
        seen += [claim.pk for claim in page.rows]
        after = read_place(page.next)
        if after is None:
            break
    assert seen == [claims[nth].pk for nth in (3, 0, 1, 2, 4)]
    assert counts()["incoming"] == 5
    for nonsense in ("", "x", "1", "1.", ".1", "1.x", "-1.5", "9" * 40 + ".1", "1." + "9" * 30, "１.１"):
        assert read_place(nonsense) is None
        assert browser.get("/warehouse/", {"tab": "incoming", "after": nonsense}).status_code == 200


def test_redirecting_is_the_warehouses_too(browser: Client) -> None:
    claim = make_awaiting(ClaimKind.ADDRESS_CHANGE, details={"address": "New Road 5"})
    move_claim(claim.pk, "redirect", by=SYSTEM)
    assert claim.number in browser.get("/warehouse/?tab=redirect").content.decode()
    assert "New Road 5" in browser.get(f"/warehouse/{claim.number}/").content.decode()
    assert browser.post(f"/warehouse/{claim.number}/redirected/").status_code == 302
    assert state_of(claim) == "redirected"


PAGES = ("/warehouse/", "/warehouse/{claim}/")
ACTS = (
    "/warehouse/numbers/",
    "/warehouse/parcels/{parcel}/take-in/",
    "/warehouse/problems/1/close/",
    "/warehouse/{claim}/receive/",
)


def test_every_address_is_in_the_lists() -> None:
    assert len(PAGES) + len(ACTS) == len(warehouse_urls.urlpatterns)


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_each_address_answers_by_the_roles_permissions(role: str, as_staff: AsStaff) -> None:
    claim = make_returning()
    names = {"claim": claim.number, "parcel": Parcel.objects.get().pk}
    person = as_staff(make_staff("person", role=role))
    may = GOODS_HANDLE in PERMISSIONS[role]
    for page in PAGES:
        assert person.get(page.format(**names)).status_code == (200 if may else 403), page
    for act in ACTS:
        assert person.get(act.format(**names)).status_code in {403, 405}, act
        if not may:
            assert person.post(act.format(**names)).status_code == 403, act
    assert state_of(claim) == "returning"
    assert Parcel.objects.get().state == ParcelState.ANNOUNCED


@pytest.mark.req("K1", "Chinese and English")
def test_every_page_speaks_chinese(as_staff: AsStaff) -> None:
    claim = make_returning()
    person = as_staff(make_staff("wang", role=Role.WAREHOUSE, language="zh-hans"))
    pages = [
        "/warehouse/",
        f"/warehouse/{claim.number}/",
        *(f"/warehouse/?tab={tab}" for tab in ("problems", "strays")),
    ]
    found = "".join(person.get(page).content.decode() for page in pages)
    for words in ("仓库", "待收货", "没有包裹异常", "收货", "包裹"):
        assert words in found
    for words in ("Warehouse", "Nothing waits", "Parcels", "Goods"):
        assert words not in found
    assert Carrier.objects.get(key="sf").label
