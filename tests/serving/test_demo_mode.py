"""The demo has published passwords: it answers on this machine only, and its accounts are good for nothing elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client

from helpdesk.accounts.demo import DEMO_DOMAIN
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from helpdesk.embedded.paths import REPO_ROOT
from tests.factories import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.req("K2", "password")]


def found() -> dict[str, str]:
    return {str(m.id): m.msg for m in run_checks(include_deployment_checks=True) if str(m.id).startswith("helpdesk.")}


def local(settings: Any) -> None:
    settings.DEMO, settings.DEBUG, settings.PUBLIC_URL = True, False, "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS, settings.MAIL_BIND = ["127.0.0.1", "localhost", "[::1]"], "127.0.0.1"


def test_check_accepts_the_demo_on_this_machine(settings: Any) -> None:
    local(settings)
    assert found() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "https://help.example.com"),
        ("MAIL_BIND", "0.0.0.0"),
        ("ALLOWED_HOSTS", ["127.0.0.1", "help.example.com"]),
        ("ALLOWED_HOSTS", ["*"]),
    ],
)
def test_check_refuses_a_demo_that_others_can_reach(settings: Any, name: str, value: Any) -> None:
    local(settings)
    setattr(settings, name, value)
    assert name in found()["helpdesk.E001"]
    settings.DEMO = False
    assert "helpdesk.E001" not in found()


def test_check_refuses_a_demo_that_is_bound_elsewhere(settings: Any, monkeypatch: Any) -> None:
    local(settings)
    monkeypatch.setenv("BIND", "192.0.2.7")
    assert "BIND is 192.0.2.7" in found()["helpdesk.E001"]


def test_check_refuses_accounts_of_the_demo_outside_it(settings: Any) -> None:
    settings.DEMO = False
    make_staff("ann")
    assert found() == {}
    boss = make_staff("admin", role="administrator", email=f"admin@{DEMO_DOMAIN}")
    assert "admin" in found()["helpdesk.E002"]
    local(settings)
    assert found() == {}
    settings.DEMO = False
    boss.is_active = False
    boss.save()
    assert found() == {}


def test_accounts_of_the_demo_are_refused_at_every_door_outside_it(settings: Any) -> None:
    settings.DEMO = True
    boss = make_staff("admin", role="administrator", email=f"Admin@{DEMO_DOMAIN}")
    key = create_api_key(boss, ["tickets:read"], by=SYSTEM)[1]
    kept, form = Client(), {"username": "admin", "password": "long enough 1"}

    def doors() -> list[int]:
        return [
            Client().post("/sign-in/", form).status_code,
            kept.get("/tickets/").status_code,
            Client().get("/api/v1/tickets/", headers={"Authorization": f"Bearer {key}"}).status_code,
        ]

    assert kept.post("/sign-in/", form).status_code == 302
    assert doors() == [302, 200, 200]
    settings.DEMO = False
    assert doors() == [401, 302, 401]


@pytest.mark.req("K8", "stateless web processes")
def test_web_and_mail_refuse_to_open_the_demo_to_others(settings: Any) -> None:
    command = [sys.executable, "-m", "helpdesk.serving", "--bind", "0.0.0.0", "--port", "9"]
    values = {**os.environ, "DEMO": "1", "DJANGO_SETTINGS_MODULE": "helpdesk.settings"}
    done = subprocess.run(command, cwd=REPO_ROOT, env=values, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "127.0.0.1 only" in done.stderr
    settings.DEMO = True
    with pytest.raises(CommandError, match="this machine only"):
        call_command("run_mail_listener", host="0.0.0.0", port=0)
