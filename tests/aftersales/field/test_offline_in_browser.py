"""The engineer's page in a real browser without a network: what is done there arrives, once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from aftersales.claims.models import Claim
from aftersales.field.models import FieldEntry, Signature, VisitPart, VisitPhoto
from aftersales.outlets.models import PartStock, StockMove
from aftersales.outlets.services.stock import receive_parts
from aftersales.visits.models import Engineer, Visit, VisitState
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Product
from tests.accessibility import violations
from tests.aftersales.factories import make_product
from tests.aftersales.field.conftest import picture
from tests.aftersales.outlets.factories import make_claim_to_visit, make_engineer, make_outlet, make_visit
from tests.browser import EXPECTED, PASSWORD, PATIENCE, LiveStack, free_port
from tests.factories import make_account, make_team, make_ticket

PHONE = {"width": 390, "height": 844}
Job = tuple[Engineer, Visit, Product]


def job(name: str) -> Job:
    """An engineer of an outlet of their own, a visit in an hour, three parts on the shelf."""
    outlet = make_outlet(f"Outlet of {name}")
    engineer = make_engineer(outlet, username=name)
    team = make_team(f"Team of {name}")
    ticket = make_ticket(team, account=make_account(f"box-{name}", team=team))
    part = make_product(f"Pump of {name}")
    receive_parts(outlet, part, 3, key=f"delivery-{name}", by=SYSTEM)
    return engineer, make_visit(engineer, claim=make_claim_to_visit(ticket=ticket), hours=1), part


@pytest.fixture
def phone(live: LiveStack, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`phone(engineer, url)`: the page on a phone of its own, signed in, kept for times without a network."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def go(engineer: Engineer, url: str = "", language: str = "en") -> Page:
        context = chromium.new_context(
            viewport=PHONE, has_touch=True, is_mobile=True, timezone_id="Asia/Shanghai",
            geolocation={"latitude": 30.25, "longitude": 120.13, "accuracy": 20}, permissions=["geolocation"],
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda m: problems.append(m.text) if m.type == "error" and not any(w in m.text for w in EXPECTED) else None,
        )
        base = url or live.url
        context.add_cookies([{"name": "django_language", "value": language, "url": base}])
        page.goto(f"{base}/sign-in/?next=/field/")
        page.fill("input[name=username]", engineer.staff.username)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda found: found.endswith("/field/"))
        page.wait_for_function("navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))")
        expect(page.locator("[data-bar]")).to_have_attribute("data-state", "sent")
        return page

    yield go
    for context in contexts:
        context.close()
    assert not problems, problems


def arrive(page: Page) -> None:
    page.locator(".field-card a").first.click()
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("button", name="Finish the visit")).to_be_visible()


def use_part(page: Page, part: Product, count: int = 1) -> None:
    page.locator("form[data-use] select").select_option(part.sku)
    page.locator("form[data-use] [name=quantity]").fill(str(count))
    page.get_by_role("button", name="Use part").click()
    expect(page.locator(".field-part")).to_contain_text(part.name)


def photograph(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture())
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.get_by_text("1 photo")).to_be_visible()


def sign_and_finish(page: Page) -> None:
    page.get_by_label("Done", exact=True).check()
    page.get_by_label("What was done").fill("Replaced the pump")
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 20):
        page.mouse.move(box["x"] + 30 + step * 12, box["y"] + 90 + (40 if step % 2 else -40))
    page.mouse.up()
    page.get_by_label("Name of who signs").fill("Li Na")
    page.get_by_role("button", name="Finish the visit").click()
    expect(page.locator(".field-top").get_by_text("Finished", exact=True)).to_be_visible()


def waits(page: Page, count: int) -> None:
    expect(page.locator("[data-bar]")).to_have_attribute("data-waiting", str(count))


def everything_once(visit: Visit, part: Product) -> None:
    """Nothing lost, nothing doubled."""
    visit.refresh_from_db()
    assert (visit.state, visit.result, visit.work) == (VisitState.FINISHED, "done", "Replaced the pump")
    kinds = list(FieldEntry.objects.filter(visit=visit).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["check_in", "part", "photo", "sign", "finish"]
    assert VisitPart.objects.filter(visit=visit).count() == 1
    assert VisitPhoto.objects.filter(visit=visit).count() == 1
    assert Signature.objects.filter(visit=visit).count() == 1
    assert StockMove.objects.filter(claim=visit.claim_id).count() == 1
    assert PartStock.objects.get(product=part).quantity == 2
    assert Claim.objects.get(pk=visit.claim_id).state == "installed"
    assert Claim.objects.get(pk=visit.claim_id).moves.filter(name="finish_visit").count() == 1


@pytest.mark.req("F8", "works offline")
@pytest.mark.req("F8", "signature")
def test_a_visit_without_a_network_arrives_once_when_it_is_back(
    phone: Callable[..., Page], live: LiveStack, tmp_path: Path
) -> None:
    engineer, visit, part = job("cellar")
    page = phone(engineer)
    page.context.set_offline(True)
    # the page opens again from the phone alone
    page.reload()
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "offline")
    arrive(page)
    use_part(page, part)
    photograph(page, tmp_path)
    waits(page, 3)
    # the phone is switched off and on in between: nothing of it is forgotten
    page.reload()
    page.get_by_label("Done", exact=True).check()
    sign_and_finish(page)
    waits(page, 5)
    assert not FieldEntry.objects.filter(visit=visit).exists()

    page.context.set_offline(False)
    waits(page, 0)
    expect(page.locator("[data-bar]")).to_have_attribute("data-state", "sent")
    everything_once(visit, part)
    assert (visit.here_latitude, visit.here_within) == (30.25, 20)


@pytest.mark.req("F8", "works offline")
def test_the_same_queue_sent_twice_changes_nothing(phone: Callable[..., Page], live: LiveStack, tmp_path: Path) -> None:
    engineer, visit, part = job("twice")
    page = phone(engineer)
    page.context.set_offline(True)
    arrive(page)
    use_part(page, part)
    photograph(page, tmp_path)
    sign_and_finish(page)
    waits(page, 5)
    kept = page.evaluate(READ_QUEUE)
    assert kept == 5
    page.context.set_offline(False)
    waits(page, 0)
    everything_once(visit, part)
    # a backup of the phone brings the whole queue back
    page.evaluate(WRITE_QUEUE)
    page.get_by_role("button", name="Send now").click()
    page.wait_for_function("async () => (await window.countQueue()) === 0")
    waits(page, 0)
    everything_once(visit, part)


READ_QUEUE = """async () => {
  const asked = indexedDB.open('field');
  const db = await new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
  const all = (mode, act) => new Promise((resolve) => {
    const asked = act(db.transaction('entries', mode).objectStore('entries'));
    asked.onsuccess = () => resolve(asked.result);
  });
  window.keptQueue = await all('readonly', (store) => store.getAll());
  window.countQueue = () => all('readonly', (store) => store.count());
  window.putBack = async () => { for (const entry of window.keptQueue) await all('readwrite', (store) => store.put(entry)); };
  return window.keptQueue.length;
}"""
WRITE_QUEUE = "() => window.putBack()"


@pytest.fixture
def fragile(live: LiveStack) -> Iterator[Callable[[], str]]:
    """A web process of the same product that kills itself after the commit of a deed, before the answer, while a file is
    there. `fragile()` starts it (again) on the same port and returns its address."""
    port = free_port()
    flag = live.log / f"die-{port}"
    environment = live.environment | {
        "DJANGO_SETTINGS_MODULE": "tests.aftersales.field.dying_settings",
        "PORT": str(port),
        "DIE_AFTER_COMMIT": str(flag),
    }
    running: list[subprocess.Popen[bytes]] = []

    def start() -> str:
        output = (live.log / f"web-{port}.log").open("ab")
        command = [sys.executable, "-m", "uvicorn", "helpdesk.asgi:application", "--host=127.0.0.1", f"--port={port}"]
        running.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/sign-in/", timeout=2).close()
                return url
            time.sleep(0.1)
        raise AssertionError("the web process does not answer")

    start.flag = flag  # type: ignore[attr-defined]
    start.running = running  # type: ignore[attr-defined]
    yield start
    for process in running:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


@pytest.mark.req("F8", "works offline")
def test_a_server_that_dies_between_commit_and_answer_doubles_nothing(
    phone: Callable[..., Page], fragile: Callable[[], str], tmp_path: Path
) -> None:
    engineer, visit, part = job("killed")
    url = fragile()
    page = phone(engineer, url)
    page.context.set_offline(True)
    arrive(page)
    use_part(page, part)
    photograph(page, tmp_path)
    sign_and_finish(page)
    waits(page, 5)
    flag, running = fragile.flag, fragile.running  # type: ignore[attr-defined]
    flag.write_text("part")
    page.context.set_offline(False)
    assert running[-1].wait(20) == -signal.SIGKILL
    # done at the server, and still in the phone's queue
    assert VisitPart.objects.filter(visit=visit).count() == 1
    waits(page, 4)
    flag.unlink()
    fragile()
    page.get_by_role("button", name="Send now").click()
    waits(page, 0)
    everything_once(visit, part)


def test_a_visit_given_to_somebody_else_meanwhile_is_refused_and_said(phone: Callable[..., Page]) -> None:
    engineer, visit, _part = job("late")
    colleague = make_engineer(engineer.outlet, username="quicker")
    page = phone(engineer)
    page.context.set_offline(True)
    arrive(page)
    Visit.objects.filter(pk=visit.pk).update(engineer=colleague)
    page.context.set_offline(False)
    refused = page.locator(".field-refused li")
    expect(refused).to_contain_text("somebody else")
    assert Visit.objects.get(pk=visit.pk).state == VisitState.BOOKED
    page.on("dialog", lambda dialog: dialog.accept())
    refused.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(0)
    expect(page.get_by_text("No visits in the coming days")).to_be_visible()


def test_the_page_can_be_installed_and_keeps_to_the_strict_policy(phone: Callable[..., Page], live: LiveStack) -> None:
    engineer, _visit, _part = job("installs")
    page = phone(engineer)
    answer = page.request.get(f"{live.url}/field/")
    assert "unsafe" not in answer.headers["content-security-policy"]
    manifest = page.request.get(f"{live.url}/field/app.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/field/", "/field/", "standalone")
    worker = page.request.get(f"{live.url}/field/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    kept = page.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          return (await cache.keys()).map((one) => new URL(one.url).pathname);
        }"""
    )
    assert "/field/" in kept
    assert any("field/store" in path for path in kept)
    assert violations(page) == []
    arrive(page)
    page.get_by_label("Done", exact=True).check()
    assert violations(page) == []


def test_who_signs_out_takes_the_addresses_off_the_phone(phone: Callable[..., Page]) -> None:
    engineer, _visit, _part = job("leaves")
    page = phone(engineer)
    expect(page.get_by_text("West Lake Road")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/field/" not in url)
    page.context.set_offline(True)
    page.goto(page.url.split("/sign-")[0].rstrip("/") + "/field/")
    expect(page.get_by_text("Nothing is kept on this phone yet")).to_be_visible()
    expect(page.get_by_text("West Lake Road")).to_have_count(0)
