"""What the addresses of pages name: numbers and ids that the demo's data has, read from its database."""

from __future__ import annotations

import psycopg2

_TICKET = """SELECT t.id FROM tickets_ticket t WHERE {where} AND NOT t.is_spam
    AND NOT EXISTS (SELECT 1 FROM claims_claim c WHERE c.ticket_id = t.id)
    AND EXISTS (SELECT 1 FROM accounts_team a WHERE a.id = t.team_id AND a.slug IN ('support', 'after-sales'))
    ORDER BY (SELECT count(*) FROM tickets_message m WHERE m.ticket_id = t.id) DESC, t.id LIMIT 1"""
_UNFINISHED = "t.status_category IN ('new', 'open', 'pending', 'on_hold')"
_OF_CUSTOMER = (
    "t.customer_id = (SELECT customer_id FROM customers_identity WHERE value = 'customer@demo.example' LIMIT 1)"
)
QUESTIONS = {
    "ticket": _TICKET.format(where=f"{_UNFINISHED} AND t.subject ~ '^[ -~]+$'"),
    "chinese_ticket": _TICKET.format(where=f"{_UNFINISHED} AND t.subject ~ '[一-鿿]'"),
    "solved_ticket": _TICKET.format(where="t.status_category = 'solved'"),
    "customers_ticket": _TICKET.format(where=f"{_UNFINISHED} AND {_OF_CUSTOMER}"),
    "customers_solved": _TICKET.format(where=f"t.status_category IN ('solved', 'closed') AND {_OF_CUSTOMER}"),
    "sub_ticket": "SELECT id FROM tickets_ticket WHERE parent_id IS NOT NULL ORDER BY id LIMIT 1",
    "parent_ticket": "SELECT min(parent_id) FROM tickets_ticket",
    "asked_ticket": "SELECT ticket_id FROM tickets_consultation WHERE state = 'open' ORDER BY id LIMIT 1",
    "hook": "SELECT id FROM automation_webhookendpoint ORDER BY id LIMIT 1",
    "call": "SELECT id FROM automation_webhookcall ORDER BY id LIMIT 1",
    "template": "SELECT id FROM automation_subtickettemplate ORDER BY id LIMIT 1",
    "claim": "SELECT id FROM claims_claim WHERE kind = 'exchange' AND state = 'dispatched' ORDER BY id LIMIT 1",
    "complaint": "SELECT id FROM claims_claim WHERE kind = 'complaint' AND state = 'closed' ORDER BY id LIMIT 1",
    "visited_claim": "SELECT id FROM claims_claim WHERE kind = 'repair' AND state = 'installed' ORDER BY id LIMIT 1",
    "incident": "SELECT id FROM incidents_incident ORDER BY id LIMIT 1",
    "import": "SELECT id FROM customers_import ORDER BY id LIMIT 1",
    "order": "SELECT number FROM customers_order ORDER BY id LIMIT 1",
    "rule_set": "SELECT id FROM claim_policy_ruleset ORDER BY position, id LIMIT 1",
    "cause": "SELECT id FROM claims_cause ORDER BY position, id LIMIT 1",
    "customer": "SELECT customer_id FROM tickets_ticket GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    "staff": "SELECT id FROM accounts_staff WHERE username = 'wu.lin'",
    "team": "SELECT id FROM accounts_team WHERE slug = 'after-sales'",
    "calendar": "SELECT id FROM core_businesscalendar WHERE is_default",
    "policy": "SELECT id FROM sla_policy ORDER BY position, id LIMIT 1",
    "recognition_rule": "SELECT id FROM recognition_recognitionrule ORDER BY position, id LIMIT 1",
    "skill": "SELECT id FROM accounts_skill ORDER BY id LIMIT 1",
    "need": "SELECT id FROM routing_skillneed ORDER BY id LIMIT 1",
    "what_if": "SELECT id FROM analytics_whatif ORDER BY id LIMIT 1",
    "payout": "SELECT id FROM compensation_payout ORDER BY id LIMIT 1",
    "money_claim": "SELECT min(claim_id) FROM compensation_payout",
    "proposal_rule": "SELECT id FROM compensation_proposalrule ORDER BY id LIMIT 1",
    "outlet": "SELECT outlet_id FROM outlets_outletmember ORDER BY id LIMIT 1",
    "outlet_part": "SELECT s.id FROM outlets_partstock s JOIN outlets_outletmember m USING (outlet_id) ORDER BY s.id LIMIT 1",
    "own_part": "SELECT id FROM outlets_partstock WHERE outlet_id IS NULL ORDER BY id LIMIT 1",
    "settlement": "SELECT s.id FROM outlets_settlement s JOIN outlets_outletmember m USING (outlet_id) ORDER BY s.id LIMIT 1",
    "label": "SELECT id FROM tickets_statuslabel ORDER BY id LIMIT 1",
    "field": "SELECT id FROM tickets_customfield ORDER BY id LIMIT 1",
    "reply": "SELECT id FROM tickets_cannedreply ORDER BY id LIMIT 1",
    "sender": "SELECT id FROM intake_senderrule ORDER BY id LIMIT 1",
    "view": "SELECT id FROM tickets_savedview WHERE owner_id IS NULL ORDER BY id LIMIT 1",
    "carrier": "SELECT id FROM parcels_carrier ORDER BY position, id LIMIT 1",
    "case": "SELECT min(claim_id) FROM cases_casefile",
    "prevention": "SELECT min(id) FROM complaints_preventiveaction WHERE state = 'open'",
    "reviewed": "SELECT min(claim_id) FROM reviews_review",
    "signal": "SELECT min(id) FROM reviews_abusesignal",
    "returning_claim": "SELECT 'AS-' || id FROM claims_claim WHERE state = 'returning' ORDER BY id LIMIT 1",
    "customers_claim": f"SELECT min(t.id) FROM claims_claim t WHERE {_OF_CUSTOMER}",
    "customers_line": "SELECT max(l.id) FROM customers_orderline l JOIN customers_order t ON t.id = l.order_id "
    f"WHERE {_OF_CUSTOMER}",
    "registered": "SELECT min(id) FROM customers_registeredproduct",
    "event": "SELECT id FROM channels_app_inboundevent ORDER BY id DESC LIMIT 1",
    "visit": "SELECT id FROM visits_visit ORDER BY id LIMIT 1",
    "engineer_id": "SELECT id FROM visits_engineer ORDER BY id LIMIT 1",
    "area_id": "SELECT id FROM visits_servicearea ORDER BY id LIMIT 1",
    "visit_need": "SELECT id FROM visits_visitneed ORDER BY id LIMIT 1",
    "customers_visit": """SELECT 'AS-' || c.id FROM claims_claim c JOIN visits_visit v ON v.claim_id = c.id
        WHERE v.state IN ('asked', 'booked') AND c.customer_id =
        (SELECT customer_id FROM customers_identity WHERE value = 'customer@demo.example' LIMIT 1) ORDER BY c.id LIMIT 1""",
    "mail": "SELECT id FROM channels_app_sinkmail ORDER BY id DESC LIMIT 1",
}


def ask(database_url: str) -> dict[str, str]:
    """Name → value; a ticket's is its number. An answer that is not there yet is left out."""
    found = {}
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            for name, question in QUESTIONS.items():
                cursor.execute(question)
                row = cursor.fetchone()
                if row is not None and row[0] is not None:
                    is_ticket = name.endswith(("ticket", "solved"))
                    found[name] = f"HD-{row[0]}" if is_ticket else str(row[0])
    finally:
        connection.close()
    return found
