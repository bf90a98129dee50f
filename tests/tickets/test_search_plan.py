"""At 50,000 index rows the database takes the way that was meant for each kind of word, and finds the same by all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core import keyset
from tests.factories import make_staff, make_team, make_ticket
from tickets import search, search_statistics
from tickets.models import SearchEntry, Ticket
from tickets.search import search_tickets

TICKETS, ENTRIES = 10_000, 50_000

SEED = """
INSERT INTO tickets_ticket (subject, kind, grade, priority, status_category, stage, holder, channel_kind, language, tags,
    fields, preview, is_unread, is_spam, spam_reason, has_attachments, message_count, solution, created_at, updated_at,
    last_activity_at, row_version, edit_version, account_id, customer_id, status_id, team_id)
SELECT 'Subject', kind, grade, priority, status_category, stage, holder, channel_kind, language, tags,
    fields, '', false, false, '', false, 5, '', created_at - n * interval '1 hour', updated_at,
    created_at - n * interval '1 hour', 1, 1, account_id, customer_id, status_id, team_id
FROM tickets_ticket t CROSS JOIN generate_series(1, %s) n WHERE t.id = %s;
INSERT INTO tickets_searchentry (ticket_id, message_id, vector, at)
SELECT t.id, NULL, array_to_tsvector(
        ARRAY['every', 'w' || (n * 7919 + t.id) %% 3000]
        || CASE WHEN (t.id + n) %% 10 = 0 THEN ARRAY['common'] ELSE '{}' END
        || CASE WHEN (t.id * 5 + n) %% 90 = 0 THEN ARRAY['middle'] ELSE '{}' END
        || CASE WHEN (t.id + n) %% 20 = 0 THEN ARRAY['打印', '印机'] ELSE '{}' END
        || CASE WHEN t.id %% 5000 = 0 THEN ARRAY['rareword'] ELSE '{}' END),
    t.created_at + n * interval '1 minute'
FROM tickets_ticket t CROSS JOIN generate_series(1, 5) n WHERE t.subject = 'Subject' ORDER BY t.created_at;
ANALYZE tickets_searchentry; ANALYZE tickets_ticket;
"""


@pytest.fixture
def boss(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staff]:
    team = make_team("Support", is_default=True)
    ticket = make_ticket(team)
    with connection.cursor() as cursor:
        cursor.execute(SEED, [TICKETS, ticket.pk])
    search_statistics.forget()
    # the ways part at figures that suit millions of rows
    monkeypatch.setattr(search, "FEW", 100)
    yield make_staff("boss", role=Role.SUPERVISOR)
    search_statistics.forget()


def asked(staff: Staff, words: str) -> list[str]:
    """The statements that a search sends to the index rows."""
    with CaptureQueriesContext(connection) as queries:
        search_tickets(staff, words)
    return [query["sql"] for query in queries.captured_queries if "FROM tickets_searchentry e" in query["sql"]]


def plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def matching(words: str) -> list[int]:
    """Ticket ids by their newest match, asked without any cleverness."""
    newest: dict[int, Any] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ticket_id, max(at) FROM tickets_searchentry WHERE vector @@ %s::tsquery GROUP BY 1", [words]
        )
        newest = dict(cursor.fetchall())
    return sorted(newest, key=lambda pk: (newest[pk], pk), reverse=True)


@pytest.mark.req("E5", "full-text search")
def test_each_kind_of_word_takes_its_way(boss: Staff) -> None:
    assert SearchEntry.objects.count() >= ENTRIES
    known = search_statistics.read_statistics()
    assert known.rows >= ENTRIES
    assert len(known.moments) > 50
    ways = {
        "rareword": "search_vector",
        "every": "search_newest",
        "common": "search_newest",
        "打印机": "search_newest",
        "middle": "search_vector",
    }
    for words, index in ways.items():
        statements = asked(boss, words)
        assert len(statements) <= 2, (words, statements)
        for statement in statements:
            assert index in plan(statement), (words, plan(statement))
            assert "Seq Scan on tickets_searchentry" not in plan(statement)


@pytest.mark.req("E5", "full-text search")
@pytest.mark.parametrize(
    ("words", "literal"),
    [
        ("rareword", "'rareword'"),
        ("common", "'common'"),
        ("middle", "'middle'"),
        ("打印机", "'打印' & '印机'"),
        ("common middle", "'common' & 'middle'"),
    ],
)
def test_every_way_finds_the_same_page_by_page(boss: Staff, words: str, literal: str) -> None:
    expected, found, cursor = matching(literal)[:230], [], None
    while len(found) < len(expected):
        page = search_tickets(boss, words, cursor=cursor)
        found += [ticket.pk for ticket in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert found[: len(expected)] == expected


def test_wrong_statistics_cost_time_but_lose_nothing(boss: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = matching("'rareword'")
    for share in (0.9, 0.02, 0.000001):
        lying = search_statistics.Statistics(10**7, {"rareword": share, "common": 0.000001}, ())
        monkeypatch.setattr(search, "statistics", lambda known=lying: known)
        assert [ticket.pk for ticket in search_tickets(boss, "rareword").rows] == expected
        assert len(search_tickets(boss, "common").rows) == 50


def test_agent_gets_a_full_page_though_most_hits_are_hidden(boss: Staff) -> None:
    team = make_team("Repairs")
    ids = list(Ticket.objects.filter(subject="Subject").order_by("-created_at").values_list("pk", flat=True)[:3000])
    Ticket.objects.filter(pk__in=ids[::6]).update(team=team)
    agent = make_staff("rita", teams=(team,))
    page = search_tickets(agent, "every")
    assert [ticket.pk for ticket in page.rows] == ids[::6][:50]
    assert page.next is not None
    assert keyset.decode(page.next)[1] == page.rows[-1].pk


def test_where_hardly_a_hit_may_be_seen_pages_are_short_and_lead_on(boss: Staff) -> None:
    team = make_team("Repairs")
    ids = list(Ticket.objects.filter(subject="Subject").order_by("-created_at").values_list("pk", flat=True)[:3000])
    Ticket.objects.filter(pk__in=ids[::300]).update(team=team)
    agent = make_staff("rita", teams=(team,))
    found, cursor, pages = [], None, 0
    while pages < 60 and (pages == 0 or cursor):
        page = search_tickets(agent, "every", cursor=cursor)
        found, cursor, pages = found + [ticket.pk for ticket in page.rows], page.next, pages + 1
    assert found == ids[::300]
    assert 5 < pages < 60
