"""The evidence pack: what was said and done, the files, and a list of hashes that proves them; nothing internal."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.cases.evidence import gather
from aftersales.cases.models import EvidencePack
from aftersales.cases.services import exporting
from aftersales.cases.services.opening import CaseDraft, open_case
from aftersales.claims.models import Claim, FilePurpose
from aftersales.claims.services.files import attach_files
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.aftersales.cases.conftest import Desk
from tests.factories import actor
from tickets.services.files import NewFile
from tickets.services.replying import Reply, add_note, reply_to_ticket

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]
LETTER = NewFile("../../letter.pdf", "application/pdf", b"%PDF-1.7 what they wrote")


@pytest.fixture
def case(desk: Desk) -> Claim:
    by = actor(desk.agent)
    ticket = desk.claim.ticket
    reply_to_ticket(ticket.pk, Reply("We are sorry: <b>the pump</b> was faulty."), by=by)
    add_note(ticket.pk, "Between us: this customer is difficult.", by=by)
    move_claim(desk.claim.pk, "reject", by=by, arguments={"refusal": "late", "words": "It came too late."})
    attach_files(
        desk.claim,
        [NewFile("receipt.png", "image/png", b"\x89PNG receipt")],
        purpose=FilePurpose.APPLICATION,
        by=SYSTEM,
    )
    draft = CaseDraft(
        "12315",
        "2026-4711",
        "Demands the price back.",
        about_id=desk.claim.pk,
        handler_id=desk.agent.pk,
        files=[LETTER],
    )
    return open_case(draft, by=by).claim


def pack_of(client: Client, claim: Claim, language: str = "en") -> zipfile.ZipFile:
    answer = client.post(f"/claims/{claim.number}/evidence/", {"language": language})
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    record = EvidencePack.objects.latest("pk")
    assert record.sha256 == hashlib.sha256(data).hexdigest() == answer["X-Evidence-SHA256"]
    assert record.size == len(data)
    return zipfile.ZipFile(io.BytesIO(data))


@pytest.mark.req("F10", "evidence pack")
def test_the_pack_holds_the_story_the_files_and_hashes_that_prove_them(
    desk: Desk, case: Claim, browser: Browser
) -> None:
    pack = pack_of(browser(desk.agent), case)
    assert pack.testzip() is None
    names = pack.namelist()
    assert {"index.html", "style.css", "timeline.json", "messages.json", "manifest.json", "SHA256SUMS"} <= set(names)
    assert all(not name.startswith("/") and ".." not in name for name in names)
    for line in pack.read("SHA256SUMS").decode().splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256(pack.read(path)).hexdigest() == digest
    manifest = json.loads(pack.read("manifest.json"))
    assert (manifest["case"], manifest["authority_number"]) == (case.number, "2026-4711")
    files = {entry["path"]: entry for entry in manifest["files"] if entry["path"].startswith("files/")}
    contents = {pack.read(path) for path in files}
    assert contents == {LETTER.data, b"\x89PNG receipt"}
    assert all(entry["is_unchanged"] for entry in files.values())
    page = pack.read("index.html").decode()
    assert "It came too late." in page
    assert "&lt;b&gt;the pump&lt;/b&gt;" in page
    assert "Demands the price back." in page
    assert desk.claim.number in page
    assert Event.objects.filter(name="case.exported", data__claim=case.pk).count() == 1


@pytest.mark.req("F10", "evidence pack")
def test_nothing_internal_leaves_with_it(desk: Desk, case: Claim, browser: Browser) -> None:
    pack = pack_of(browser(desk.agent), case)
    everything = b"".join(pack.read(name) for name in pack.namelist()).decode("utf-8", "replace")
    assert "Between us" not in everything


def test_it_speaks_the_language_of_the_authority(desk: Desk, case: Claim, browser: Browser) -> None:
    pack = pack_of(browser(desk.agent), case, "zh-hans")
    assert 'lang="zh-hans"' in pack.read("index.html").decode()
    # a language that there is none of gives the usual one, not an error
    pack_of(browser(desk.agent), case, "xx")


def test_what_is_too_large_or_gone_is_listed_and_not_silently_left_out(
    desk: Desk, case: Claim, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 15)
    pack = pack_of(browser(desk.agent), case)
    manifest = json.loads(pack.read("manifest.json"))
    left = [entry for entry in manifest["files"] if not entry["packed"]]
    assert [entry["name"] for entry in left] == ["letter.pdf"]
    assert left[0]["sha256"] == hashlib.sha256(LETTER.data).hexdigest()
    assert left[0]["path"] not in pack.namelist()


def test_gathering_costs_the_same_however_long_the_conversation(desk: Desk, case: Claim) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            gather(Claim.objects.get(pk=case.pk))
        return len(counted)

    first = cost()
    for nth in range(4):
        reply_to_ticket(desk.claim.ticket_id, Reply(f"Answer {nth}"), by=actor(desk.agent))
    assert cost() == first


def test_who_follows_all_claims_may_take_it_and_others_may_not(desk: Desk, case: Claim, browser: Browser) -> None:
    pack_of(browser(desk.supervisor), case)
    assert browser(desk.outsider).post(f"/claims/{case.number}/evidence/").status_code == 404
    assert browser(desk.agent).get(f"/claims/{case.number}/evidence/").status_code == 405
    # a claim that is no case has none
    assert browser(desk.agent).post(f"/claims/{desk.claim.number}/evidence/").status_code == 404
