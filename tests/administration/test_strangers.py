"""Every address of the product, taken from the URL conf, asked for by those who have no business there: nobody, a customer,
an agent of another team, and a page of another site that posts in an administrator's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client, override_settings

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.factories import make_staff, make_ticket
from tests.matrix.pages import routes
from tickets.models import Message, Ticket, Watcher
from tickets.services.consulting import open_consultation
from tickets.sla.models import Clock

pytestmark = pytest.mark.django_db
AsStaff = Callable[[Staff], Client]
# Open to everybody, or to customers, by their nature.
FOR_ANYBODY = ("healthz", "readyz", "metrics", "sign-in", "sign-out", "forgot-password", "i18n/", "set-password", "preferences",
               "portal/", "form/", "files/", "proxy/", "demo/", "styleguide/", "hooks/",
               "field/worker.js", "field/app.webmanifest")  # fmt: skip
_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)|<(?:(\w+):)?(\w+)>")
_WORDS = {"name": "status", "file": "csv", "what": "figures", "slug": "support", "page": "tokens", "kind": "email", "key": "x",
          "token": "x", "text": "x", "act": "confirm", "channel": "api", "account": "api"}  # fmt: skip


def filled(route: str, number: str, ids: dict[str, int]) -> str:
    """An address with these ids in it; what nobody named is 1."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[4]
        if name == "number" and found[3] != "int":
            return number.replace("HD-", "AS-") if route.lstrip("^").startswith("claims/") else number
        return _WORDS.get(name, str(ids.get(name, 1)))

    path = _GROUP.sub(value, route.removeprefix("^").removesuffix("$")).replace("\\", "")
    return f"/{path}"


def of_staff() -> Iterator[str]:
    """The routes that are for staff alone."""
    for route, _name in routes():
        if not route.lstrip("^").startswith(FOR_ANYBODY):
            yield route


@pytest.fixture
def theirs(teams: tuple[Team, Team]) -> tuple[Ticket, dict[str, int]]:
    """A ticket of the first team with something behind each placeholder."""
    ticket = make_ticket(teams[0], subject="Confidential matter")
    expert = make_staff("expert", role="finance")
    consultation = open_consultation(ticket.pk, question="Is it covered?", by=SYSTEM, staff=[expert.pk])
    message = Message.objects.filter(ticket=ticket).order_by("pk")[0]
    clock = Clock.objects.filter(ticket=ticket).values_list("pk", flat=True).first() or 1
    return ticket, {"message_id": message.pk, "consultation_id": consultation.pk, "clock_id": clock, "breach_id": 1}


@pytest.mark.req("K2", "permissions per team")
def test_without_a_session_every_address_of_the_staff_leads_to_the_sign_in_page(
    theirs: tuple[Ticket, dict[str, int]],
) -> None:
    ticket, ids = theirs
    events = Event.objects.count()
    for route in of_staff():
        path = filled(route, ticket.number, ids)
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code in {302, 401, 403, 405}, (path, answer.status_code)
            if answer.status_code == 302 and path != "/":
                assert "/sign-in/" in answer["Location"], (path, answer["Location"])
            assert "Confidential" not in answer.content.decode("utf-8", "replace")
    assert Event.objects.count() == events


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("role", ["lead", "engineer"])
def test_another_teams_ticket_answers_at_every_address_like_one_that_is_not_there(
    theirs: tuple[Ticket, dict[str, int]], teams: tuple[Team, Team], as_staff: AsStaff, role: str
) -> None:
    ticket, ids = theirs
    browser = as_staff(make_staff("outsider", role=role, teams=(teams[1],)))
    events, version = Event.objects.count(), Ticket.objects.get(pk=ticket.pk).row_version
    tried = 0
    for route in of_staff():
        if "number" not in route:
            continue
        path, nothing = filled(route, ticket.number, ids), filled(route, "HD-999999", ids)
        for method in ("get", "post"):
            answer, missing = getattr(browser, method)(path), getattr(browser, method)(nothing)
            assert answer.status_code == missing.status_code, (method, path, answer.status_code, missing.status_code)
            assert answer.status_code in {400, 403, 404, 405}, (method, path, answer.status_code)
            assert "Confidential" not in answer.content.decode("utf-8", "replace")
            tried += 1
    assert tried > 80
    assert Event.objects.count() == events
    assert Ticket.objects.get(pk=ticket.pk).row_version == version
    assert not Watcher.objects.filter(ticket=ticket, staff__username="outsider").exists()


def test_no_page_of_another_site_can_post_in_somebodys_name(
    theirs: tuple[Ticket, dict[str, int]], admin: Staff
) -> None:
    ticket, ids = theirs
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin, backend="helpdesk.accounts.backends.StaffBackend")
    events = Event.objects.count()
    wrong = []
    for route, _name in routes():
        if route.startswith("hooks/"):
            continue
        path = filled(route, ticket.number, ids)
        answer = browser.post(path, HTTP_ORIGIN="https://evil.example")
        if answer.status_code not in {403, 404, 405}:
            wrong.append((path, answer.status_code))
    # the web form is posted by strangers from other sites by design; it acts in nobody's name
    assert [one for one in wrong if not one[0].startswith("/form/")] == []
    assert Event.objects.count() == events


@override_settings(DEMO=False)
def test_every_page_carries_the_strict_policy(admin: Staff, as_staff: AsStaff) -> None:
    browser = as_staff(admin)
    seen = 0
    for route in of_staff():
        if "(" in route or "<" in route:
            continue
        answer = browser.get(f"/{route}")
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy, route
        assert "unsafe" not in policy, route
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:json|ld\+json))[^>]*>", page), route
        assert not re.search(r"<[^>]+\son[a-z]+\s*=\s*[\"']", page), route
        assert " style=" not in page, route
        seen += 1
    assert seen > 25
