"""Cases through the API: taken in once, read, given other deadlines."""

from __future__ import annotations

import pytest

from aftersales.cases.models import CaseFile
from helpdesk.accounts.permissions import Scope
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from tests.aftersales.cases.conftest import Desk
from tests.api.conftest import Caller
from tests.factories import make_staff
from tickets.sla.models import Clock

pytestmark = pytest.mark.django_db


def caller(staff: object, *scopes: str) -> Caller:
    _key, text = create_api_key(staff, list(scopes or (Scope.CLAIMS_READ, Scope.CLAIMS_WRITE)), by=SYSTEM)  # type: ignore[arg-type]
    return Caller(text)


NEW = {
    "authority": "12315",
    "number": "2026-4711",
    "demand": "Demands the price back.",
    "received_at": "2026-03-02T02:00:00.000Z",
}


@pytest.mark.req("F10", "legal deadlines")
def test_a_case_comes_in_by_the_api_once_and_its_clocks_run(desk: Desk) -> None:
    api = caller(desk.agent)
    first = api.post("cases/", NEW | {"about": desk.claim.number, "handler": desk.agent.pk, "amount": "1299.00"})
    assert first.status_code == 201, first.content
    made = first.json()
    assert (made["number"], made["about"], made["amount"]) == ("2026-4711", desk.claim.number, "1299.00")
    again = api.post("cases/", NEW)
    assert (again.status_code, again.json()["claim"]) == (200, made["claim"])
    case = CaseFile.objects.get()
    clock = Clock.objects.get(metric="case_answer", subject_id=case.pk)
    assert clock.due_at == case.answer_due_at
    assert [row["claim"] for row in api.get("cases/").json()["results"]] == [made["claim"]]
    assert api.get(f"cases/{made['claim']}/").json() == made
    assert api.get("cases/?scope=done").json()["results"] == []


def test_other_deadlines_by_the_api(desk: Desk) -> None:
    api = caller(desk.agent)
    made = api.post("cases/", NEW | {"handler": desk.agent.pk}).json()
    change = {"accept_due_at": "2026-03-05T02:00:00Z", "answer_due_at": "2026-04-01T02:00:00Z", "why": "By letter."}
    answer = api.call("PATCH", f"cases/{made['claim']}/", change)
    assert answer.status_code == 200, answer.content
    assert answer.json()["answer_due_at"] == "2026-04-01T02:00:00.000Z"
    early = api.call("PATCH", f"cases/{made['claim']}/", change | {"answer_due_at": "2020-01-01T00:00:00Z"})
    assert early.status_code == 400
    assert "answer_due_at" in early.json()["fields"]


def test_what_makes_no_sense_and_who_may_not(desk: Desk) -> None:
    api = caller(desk.agent)
    for values, field in (
        ({"authority": "moon"}, "authority"),
        ({"number": ""}, "number"),
        ({"demand": ""}, "demand"),
        ({"about": "AS-999999"}, "about"),
        ({"about": "nothing"}, "about"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"received_at": "2999-01-01T00:00:00Z"}, "received_at"),
        ({"phone": "not a phone"}, "phone"),
    ):
        answer = api.post("cases/", NEW | values)
        assert answer.status_code in {400, 422}, answer.content
        assert field in answer.json()["fields"]
    assert not CaseFile.objects.exists()
    made = api.post("cases/", NEW | {"handler": desk.agent.pk}).json()
    stranger = caller(desk.outsider)
    assert stranger.get(f"cases/{made['claim']}/").status_code == 404
    assert stranger.get("cases/").json()["results"] == []
    assert stranger.post("cases/", NEW).status_code == 403
    assert caller(make_staff("egon", role="engineer")).post("cases/", NEW | {"number": "2"}).status_code == 403
    assert caller(desk.agent, Scope.CLAIMS_READ).post("cases/", NEW).status_code == 403
