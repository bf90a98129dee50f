"""The benchmarks run, at a tiny size: a measurement that fails when somebody needs it is none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.embedded.paths import REPO_ROOT

pytestmark = pytest.mark.verify

TICKETS = 500
INHERITED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "DATA_DIR")


SEEDED = """
import json, sys
from pathlib import Path
from benchmarks import places, seed
directory = seed.ensure(int(sys.argv[1]), Path(sys.argv[2]))
with places.engines_of(directory):
    import django
    django.setup()
    from django.db.models import Sum
    from helpdesk.core.models import Event, LogHead
    from helpdesk.core.search import query
    from tickets.models import UNFINISHED, Message, SearchEntry, Ticket, TicketCount
    entry = SearchEntry.objects.select_related("message").order_by("-message_id").first()
    words = query(entry.message.text[:60])
    found = SearchEntry.objects.extra(where=["vector @@ %s::tsquery"], params=[words]).filter(pk=entry.pk).exists()
    print(json.dumps({
        "tickets": Ticket.objects.count(),
        "unfinished": Ticket.objects.filter(status_category__in=UNFINISHED).count(),
        "counted": TicketCount.objects.aggregate(n=Sum("number"))["n"],
        "messages": Message.objects.count(),
        "said": Ticket.objects.aggregate(n=Sum("message_count"))["n"],
        "entries": SearchEntry.objects.count(),
        "events": Event.objects.count(),
        "head": LogHead.objects.get().position,
        "found": found,
    }))
"""


def _run(*arguments: str, base: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPO_ROOT,
        env=environment | {"BENCH_DIR": str(base)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the seeded data lies."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def seeded(base: Path) -> dict:
    """What is in a freshly seeded database."""
    return json.loads(_run("-c", SEEDED, str(TICKETS), str(base), base=base).splitlines()[-1])


@pytest.fixture(scope="module")
def measured(seeded: dict, base: Path) -> dict:
    """One quick run of a few scenarios on the seeded directory, with engines and processes of its own."""
    options = [
        "--sizes",
        str(TICKETS),
        "--quick",
        "--mails",
        "20",
        "--only",
        "list.changed,context,search.zh,create,inbound",
    ]
    _run("-m", "benchmarks", *options, "--into", str(base / "found.json"), base=base)
    return json.loads((base / "found.json").read_text())


def _figures(measured: dict, clients: int) -> dict[str, dict]:
    return {one["scenario"]: one for one in measured["figures"] if one["clients"] == clients}


def test_every_chosen_scenario_is_measured_at_one_and_at_eight_clients(measured: dict) -> None:
    expected = {"bare", "list.changed", "context", "search.zh", "create"}
    assert set(_figures(measured, 1)) == set(_figures(measured, 8)) == expected


def test_processor_time_of_web_and_database_is_charged_to_requests(measured: dict) -> None:
    for one in _figures(measured, 8).values():
        assert one["web"] > 0
        assert one["pg"] > 0


def test_no_page_asks_more_than_twelve_queries(measured: dict) -> None:
    pages = {
        key: one["queries"] for key, one in _figures(measured, 1).items() if not key.startswith(("create", "reply"))
    }
    assert {key: number for key, number in pages.items() if number is not None and number > 12} == {}


def test_every_mail_sent_becomes_a_ticket(measured: dict) -> None:
    assert measured["inbound"]["tickets"] == measured["inbound"]["mails"] == 20
    assert measured["inbound"]["parked"] == 0


def test_report_names_every_scenario(measured: dict) -> None:
    from benchmarks import report

    text = report.markdown({"sizes": [measured]})
    assert all(one["title"] in text for one in measured["figures"])


def test_seeded_database_is_what_the_product_would_have_written(seeded: dict) -> None:
    """Counters, search entries and the event log's head agree with the rows."""
    assert seeded["tickets"] == TICKETS
    assert seeded["counted"] == seeded["unfinished"] > 0
    assert seeded["messages"] == seeded["said"] == seeded["entries"]
    assert seeded["events"] == seeded["head"]
    assert seeded["found"]


@pytest.mark.req("D6", "lag with a million timers")
def test_clocks_that_fall_due_under_mail_are_all_acted_on_and_their_lag_is_measured(seeded: dict, base: Path) -> None:
    found = base / "clocks.json"
    options = ["--clocks", str(TICKETS), "--due", "50", "--seconds", "4", "--rate", "10", "--into", str(found)]
    _run("-m", "benchmarks.clocks", *options, base=base)
    result = json.loads(found.read_text())
    assert "clock_due" in json.dumps(result["plan"])
    assert (result["at_once"]["due"], result["at_once"]["acted_on"]) == (50, 50)
    assert (result["lag"]["due"], result["lag"]["acted_on"]) == (200, 200)
    assert 0 < result["lag"]["p50_ms"] <= result["lag"]["p99_ms"]
    assert result["lag"]["mails_in"] > 0
