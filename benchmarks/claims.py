"""After-sales on up to 200,000 claims: list, board, closed ones, search, a claim's page and the panel in its ticket; part of
`python -m benchmarks --only claims`. `python -m benchmarks.claims` alone measures the policy's verdict and the alarm's look.

Claims are made by SQL on the seeded tickets before the first request: one in ten is open, in every state of its kind; the
rest ended over two years.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import places, seed
from benchmarks.load import Call, percentile
from benchmarks.scenarios import People, Scenario

MOST = 200_000
PRODUCTS = 500
GOAL_P95_MS = 50

_PRODUCTS = """
INSERT INTO customers_product (sku, name, name_zh, category, model, warranty_months, is_serviced_on_site, traits, is_active)
SELECT 'BENCH-' || n, 'Product ' || n, '', 'appliances', '', 24, n %% 5 = 0, '{three_guarantees}', true
FROM generate_series(1, %(products)s) n
ON CONFLICT DO NOTHING
"""
_ORDERS = """
WITH made AS (
    INSERT INTO customers_order (number, source, customer_id, state, total, currency, placed_at, delivered_at, shipping)
    SELECT 'B-' || t.id, 'bench', t.customer_id, 'delivered', 1000, 'CNY', t.created_at - interval '9 days',
        t.created_at - interval '5 days', '{}'
    FROM tickets_ticket t WHERE t.id <= %(most)s RETURNING id, number
)
INSERT INTO customers_orderline (order_id, product_id, quantity, unit_price, serial, lot, claimed_quantity, refunded_amount,
    external_id)
SELECT m.id, p.id, 2, 500, 'S-' || n.nth, 'L' || n.nth %% 400, 1, 0, '1'
FROM made m CROSS JOIN LATERAL (SELECT substr(m.number, 3)::bigint AS nth) n
JOIN customers_product p ON p.sku = 'BENCH-' || (1 + (n.nth * 7919) %% %(products)s)
"""
# The open ones take every state of every kind in turn, the others an end.
_CLAIMS = """
INSERT INTO claims_claim (ticket_id, customer_id, order_id, kind, state, reason, words, outcome, details, currency,
    asked_amount, approved_amount, paid_amount, owed_amount, verdict, rule_key, verdict_words, rank, plan, lesson, refusal,
    exception, appeals, external_number, source, external_id, approval_sides, approvals_missing, settles_on_scan, keeps_goods,
    is_on_site_free, has_visit_result, opened_at, decided_at, moved_at, closed_at, row_version)
SELECT t.id, t.customer_id, o.id, s.kind, s.state, (ARRAY['defect', 'damaged', 'changed_mind', 'missing'])[1 + t.id %% 4],
    'It stops with E21.', '', '{}', 'CNY', 100, 100, 0, 0, 'allowed', '', '{"en": "Within its days.", "zh-hans": "在期限内。"}',
    (ARRAY[10, 30, 50, 50, 50, 50])[1 + t.id %% 6], '', '', '', '', 0, '', '', '', '{}', '{}', false, false, false, false,
    m.at, m.at, m.at + interval '3 hours', CASE WHEN s.is_open THEN NULL ELSE m.at + (t.id %% 160) * interval '1 hour' END, 2
FROM tickets_ticket t
JOIN customers_order o ON o.source = 'bench' AND o.number = 'B-' || t.id
CROSS JOIN LATERAL (SELECT t.id %% 10 = 0 AS is_open, (t.id / 10) AS nth) w
CROSS JOIN LATERAL (
    SELECT w.is_open, CASE WHEN w.is_open THEN (%(kinds)s::text[])[1 + w.nth %% cardinality(%(kinds)s::text[])]
        ELSE (ARRAY['return', 'exchange', 'repair', 'refund_only'])[1 + t.id %% 4] END AS kind,
    CASE WHEN w.is_open THEN (%(states)s::text[])[1 + w.nth %% cardinality(%(states)s::text[])]
        ELSE (ARRAY['closed', 'closed', 'closed', 'refused', 'cancelled'])[1 + t.id %% 5] END AS state
) s
CROSS JOIN LATERAL (SELECT now() - CASE WHEN w.is_open THEN (t.id %% 40) * interval '1 day' + (t.id %% 80000) * interval '1 s'
    ELSE (8 + t.id %% 720) * interval '1 day' END AS at) m
WHERE t.id <= %(most)s
"""
_LINES = """
INSERT INTO claims_claimline (claim_id, product_id, order_line_id, serial, lot, quantity, received_quantity, damaged_quantity,
    condition, remark, amount, replacement_quantity, difference, is_counted)
SELECT c.id, l.product_id, l.id, l.serial, l.lot, 1, 0, 0, '', '', 500, 0, 0, true
FROM claims_claim c JOIN customers_orderline l ON l.order_id = c.order_id
"""
_MOVES = """
INSERT INTO claims_claimmove (claim_id, name, from_state, to_state, at, by_kind, by_name, words, note, data)
SELECT c.id, (ARRAY['open', 'approve'])[n], (ARRAY['', 'submitted'])[n], CASE n WHEN 1 THEN 'submitted' ELSE c.state END,
    c.opened_at + n * interval '1 hour', 'system', '', '', '', '{}'
FROM claims_claim c CROSS JOIN generate_series(1, 2) n
"""
_DAYS = """
INSERT INTO incidents_dailyclaims (product_id, lot, day, count)
SELECT l.product_id, l.lot, (c.opened_at AT TIME ZONE 'UTC')::date, count(*)
FROM claims_claimline l JOIN claims_claim c ON c.id = l.claim_id GROUP BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
_ANALYZE = (
    "VACUUM ANALYZE customers_product, customers_order, customers_orderline, claims_claim, claims_claimline, "
    "claims_claimmove, incidents_dailyclaims"
)


def fill() -> int:
    """Make the claims; how many."""
    from django.db import connection

    from aftersales.claims.machines import MACHINES
    from aftersales.policy.services.shipping import ensure_rule_sets

    ensure_rule_sets()
    waiting = [(kind, state.key) for kind, machine in MACHINES.items() for state in machine.states if not state.ends]
    values = {
        "products": PRODUCTS,
        "most": MOST,
        "kinds": [kind for kind, _state in waiting],
        "states": [state for _kind, state in waiting],
    }
    with connection.cursor() as cursor:
        for statement in (_PRODUCTS, _ORDERS, _CLAIMS, _LINES, _MOVES, _DAYS):
            cursor.execute(statement, values)
        cursor.execute(_ANALYZE)
        cursor.execute("SELECT count(*) FROM claims_claim")
        made: int = cursor.fetchone()[0]
    return made


def seeder() -> Callable[[int], None]:
    """A step ahead of requests that makes the claims when the first of them comes."""
    made: list[int] = []

    def fill_once(_nth: int) -> None:
        if not made:
            made.append(fill())

    return fill_once


def scenarios(people: People) -> list[Scenario]:
    """Each page as a supervisor of all teams asks, and the list as an agent of some, whose rights cost more."""
    before = seeder()

    def page(path: str, expect: bytes, *, by: str = seed.SUPERVISOR) -> Callable[[int], Call]:
        return lambda _nth: people.staff(path, by=by, expect=expect)

    def one(nth: int) -> Call:
        from aftersales.claims.models import Claim

        number = Claim.objects.filter(ticket_id=10 * (1 + nth % 900)).values_list("pk", flat=True)[0]
        return people.staff(f"/claims/AS-{number}/", by=seed.SUPERVISOR, expect=b"AS-")

    rows: list[tuple[str, str, Any]] = [
        ("list", "claims, open", page("/claims/", b"AS-")),
        ("list.agent", "the same, an agent of three teams", page("/claims/", b"AS-", by=seed.AGENT)),
        ("list.kind", "claims, one kind older than a week", page("/claims/?kind=repair&age=7", b"AS-")),
        ("list.closed", "claims, closed", page("/claims/?view=closed", b"AS-")),
        ("list.search", "claims, by a number that nobody has", page("/claims/?q=B-0", b"page-head")),
        ("board", "claims, board", page("/claims/board/", b"AS-")),
        ("board.agent", "the same, an agent of three teams", page("/claims/board/", b"AS-", by=seed.AGENT)),
        ("page", "a claim's page", one),
        ("ticket", "context column of a ticket with a claim", lambda nth: people.staff(
            f"/tickets/HD-{10 * (1 + nth % 900)}/context/", by=seed.SUPERVISOR, expect=b"AS-")),
        ("incidents", "incidents", page("/incidents/", b"incidents")),
    ]  # fmt: skip
    return [Scenario(f"claims.{key}", title, call, before, requests=90) for key, title, call in rows]


def verdicts(number: int = 400) -> dict[str, float]:
    """Milliseconds of judging one application of an order with one line, facts and all."""
    from django.utils import timezone

    from aftersales.claims.models import ClaimLine
    from aftersales.claims.services.judging import Application, judge_application
    from helpdesk.customers.models import OrderLine

    lines = OrderLine.objects.select_related("product", "order__customer").filter(order__source="bench")[:number]
    taken, worked = [], []
    for nth, line in enumerate(list(lines)):
        bought = ClaimLine(product=line.product, order_line=line, serial=line.serial, lot=line.lot, quantity=1)
        kind = ("return", "exchange", "repair")[nth % 3]
        asked = Application(kind, "defect", line.order.customer, line.order, [bought], {"is_complete": True})
        began, busy = time.perf_counter(), time.process_time()
        judge_application(asked, timezone.now())
        taken.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 2),
        "p95_ms": round(percentile(taken, 0.95), 2),
        # of this process alone: what the clock would say with nothing else on the machine and no wait for the database
        "cpu_p50_ms": round(statistics.median(worked), 2),
    }


def looks(number: int = 5) -> dict[str, float]:
    """Milliseconds of one look of the batch alarm over all products and lots."""
    from aftersales.incidents.services.watching import look_for_incidents

    taken, watched = [], 0
    for _ in range(number):
        began = time.perf_counter()
        _found, watched = look_for_incidents()
        taken.append((time.perf_counter() - began) * 1000)
    return {"watched": watched, "p50_ms": round(statistics.median(taken), 1)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000, help="size of the seeded desk")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    directory = places.copy_of(seed.ensure(options.tickets, places.base_directory()))
    try:
        with places.engines_of(directory):
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
            call_command("prepare", verbosity=0)
            result = {"claims": fill(), "verdict": verdicts(), "alarm": looks()}
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    text = json.dumps(result)
    if options.into is not None:
        options.into.write_text(text)
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
