"""“I forgot my password”: a link by mail that acts after a POST only, the same answer for every name, and not too often."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Staff
from helpdesk.core import leasing
from helpdesk.core.models import Delivery, Event, Job
from helpdesk.core.registries import renderers
from tests.factories import make_account, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.req("K2", "link in a mail")]
ADDRESS = "/forgot-password/"
PURPOSE = "accounts.forgotten_password"


@pytest.fixture
def ann() -> Staff:
    cache.clear()
    make_account()
    return make_staff("ann", name="Ann Chen", email="ann@company.example")


def ask(entry: str, client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).post(ADDRESS, {"entry": entry}, **extra)


def work() -> None:
    for job in Job.objects.filter(state="ready"):
        leasing.run(Job, job.pk)


def link() -> str:
    """The path in the newest mail."""
    delivery = Delivery.objects.filter(purpose=PURPOSE).latest("pk")
    mail = renderers.get(PURPOSE)(delivery)
    return re.search(r"http://[^/\s]+(/set-password/\S+/)", mail.text)[1]  # type: ignore[index]


@pytest.mark.parametrize("entry", ["ann", "ANN@company.example", " ann "])
def test_link_comes_by_mail_and_sets_the_password_once_and_only_by_post(ann: Staff, entry: str) -> None:
    signed_in = Client()
    signed_in.force_login(ann, backend="helpdesk.accounts.backends.StaffBackend")
    assert "Forgot your password?" in Client().get("/sign-in/").content.decode()
    assert ask(entry).status_code == 200
    work()
    assert Delivery.objects.get(purpose=PURPOSE).address == "ann@company.example"
    path, browser = link(), Client()
    for _scanner in range(2):
        assert browser.get(path).status_code == 200
    assert Staff.objects.get(pk=ann.pk).check_password("long enough 1")
    assert signed_in.get("/profile/").status_code == 200
    answer = browser.post(path, {"password": "a brand new one", "again": "a brand new one"})
    assert answer["Location"] == "/sign-in/"
    assert Staff.objects.get(pk=ann.pk).check_password("a brand new one")
    assert signed_in.get("/profile/").status_code == 302, "other sessions end"
    used = browser.get(path)
    assert used.status_code == 410
    assert ADDRESS in used.content.decode()
    event = Event.objects.get(name="staff.password_forgotten")
    assert (event.subject_id, event.origin, event.data) == (ann.pk, "127.0.0.1", {})


@pytest.mark.parametrize("entry", ["nobody", "nobody@company.example", "gone", "mailless", "x" * 254, "安"])
def test_stranger_cannot_tell_who_works_here(ann: Staff, entry: str) -> None:
    make_staff("gone", is_active=False)
    make_staff("mailless", email="")
    known = ask("ann")
    unknown = ask(entry)
    strip = re.compile(rb"[A-Za-z0-9]{64}")  # the tokens against forged posts
    assert strip.sub(b"", unknown.content) == strip.sub(b"", known.content)
    assert (unknown.status_code, len(unknown.cookies)) == (known.status_code, len(known.cookies))
    work()
    assert list(Delivery.objects.values_list("address", flat=True)) == ["ann@company.example"]
    assert not Job.objects.exclude(state="done").exists()
    assert entry not in str(list(Job.objects.values()))
    assert entry not in str(list(Event.objects.values()))


def test_asking_is_limited_for_one_name_and_for_one_client(ann: Staff) -> None:
    assert [ask("ann", REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(6)] == [200] * 5 + [429]
    assert ask("nobody at all", REMOTE_ADDR="203.0.113.9").status_code == 200
    work()
    assert ask("ann@company.example", REMOTE_ADDR="203.0.113.8").status_code == 200
    work()
    assert Delivery.objects.filter(purpose=PURPOSE).count() == 5, "another spelling is no way around the limit"
    codes = [ask(f"name{n}", REMOTE_ADDR="198.51.100.7").status_code for n in range(11)]
    assert codes == [200] * 10 + [429]
    refused = ask("name99", REMOTE_ADDR="198.51.100.7").content.decode()
    assert "Too many attempts" in refused
    assert 'value="name99"' in refused


def test_link_is_too_old_after_two_hours(ann: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    from helpdesk.accounts.services import passwords

    ask("ann")
    work()
    path = link()
    now = timezone.now().replace(tzinfo=None)
    monkeypatch.setattr(passwords.short_tokens, "_now", lambda: now + timedelta(hours=1, minutes=59))
    assert Client().get(path).status_code == 200
    monkeypatch.setattr(passwords.short_tokens, "_now", lambda: now + timedelta(hours=2, minutes=1))
    assert Client().get(path).status_code == 410
    assert Client().post(path, {"password": "a brand new one", "again": "a brand new one"}).status_code == 410
    assert Staff.objects.get(pk=ann.pk).check_password("long enough 1")


def test_nonsense_is_answered_and_the_mail_is_in_the_persons_language(ann: Staff) -> None:
    assert ask("").status_code == 422
    assert ask("a\x00b").status_code == 422
    assert ask("x" * 5000).status_code == 422
    Staff.objects.filter(pk=ann.pk).update(language="zh-hans")
    ask("ann")
    work()
    mail = renderers.get(PURPOSE)(Delivery.objects.get())
    assert mail.subject == "设置新密码"
    assert "2 小时内有效" in mail.text
    for address in ("/set-password/1/1-abc/", "/set-password/zz/-/", "/set-password/zz/!-x/"):
        assert Client().get(address).status_code in {404, 410}
