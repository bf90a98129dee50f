"""Recognition inside the arrival's transaction: two statements, one that reads and one that writes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.models import Customer
from tickets.models import Kind, Ticket, Tone
from tickets.routing.recognition.book import rules_of
from tickets.routing.recognition.calc import CustomerHistory, Outcome, Standing, decide, standing
from tickets.routing.recognition.conditions import ArrivalFacts
from tickets.routing.recognition.models import Source

# Something that looks like an order number: letters and digits with at least six digits, perhaps with hyphens.
ORDER_NUMBER = re.compile(r"(?<![\w-])(?:[A-Za-z]{1,5}-?)?\d[\d-]{5,30}(?![\w-])")

_LOOK = """
SELECT (SELECT version FROM recognition_rulebook WHERE id = 1),
       (SELECT count(*) FROM (SELECT 1 FROM customers_order WHERE customer_id = %(customer)s
                              AND placed_at > now() - interval '1 year' LIMIT 100) o),
       past.complaints, past.threats
FROM (SELECT count(*) FILTER (WHERE kind = 'complaint') AS complaints, count(*) FILTER (WHERE tone = 'threat') AS threats
      FROM (SELECT kind, tone FROM tickets_ticket WHERE customer_id = %(customer)s AND NOT is_spam AND parent_id IS NULL
            AND last_activity_at > now() - interval '1 year' ORDER BY last_activity_at DESC, id DESC LIMIT 100) t) past
"""


_KEEP = """
INSERT INTO recognition_recognition (ticket_id, is_instant, is_high_value, is_high_risk, reasons, kind_source, tone_source,
    priority_source, rule_ids, is_urgent, given_priority, created_at, is_from_machine, guesses, needs_triage)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s, %s, %s, %s, '[]', false)
"""


@dataclass(frozen=True)
class Words:
    """What the customer sent, as far as rules look at it."""

    subject: str
    text: str
    sender: str
    language: str
    kind: str = ""
    tags: Sequence[str] = ()
    file_names: Sequence[str] = ()
    is_from_machine: bool = False


@dataclass(frozen=True)
class Arriving:
    """What was recognised before the ticket exists."""

    outcome: Outcome
    standing: Standing
    is_instant: bool
    given_kind: str
    is_from_machine: bool = False

    @property
    def kind(self) -> str:
        """A rule's word before the form's; nothing yet: other, until the model has looked."""
        return self.outcome.kind or self.given_kind or Kind.OTHER

    @property
    def tone(self) -> str:
        return self.outcome.tone or Tone.CALM

    def team(self) -> Team | None:
        """The team that a rule named, while it works; asked for only then."""
        if self.outcome.team is None:
            return None
        return Team.objects.filter(pk=self.outcome.team, is_active=True).first()


def facts_of(words: Words, account: ChannelAccount, level: str, who: Standing) -> ArrivalFacts:
    """The facts that rules look at."""
    return ArrivalFacts(
        subject=words.subject,
        text=words.text,
        sender=words.sender,
        channel=account.kind,
        account=account.slug,
        level=level,
        language=words.language,
        tags=words.tags,
        kind=words.kind,
        file_names=words.file_names,
        has_order_number=bool(ORDER_NUMBER.search(words.text[:20_000]) or ORDER_NUMBER.search(words.subject[:1000])),
        is_instant=account.is_instant,
        is_high_value=who.is_high_value,
        is_high_risk=who.is_high_risk,
    )


def look(customer: Customer) -> tuple[UUID | None, CustomerHistory]:
    """The rules' version and the customer's history, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"customer": customer.pk})
        version, orders, complaints, threats = cursor.fetchone()
    return version, CustomerHistory(customer.level, orders, complaints, threats)


def recognise_arrival(words: Words, account: ChannelAccount, customer: Customer) -> Arriving:
    """Channel, customer and kind by rules, for a ticket that is about to be opened."""
    version, history = look(customer)
    who = standing(history)
    outcome = decide(rules_of(version), facts_of(words, account, customer.level, who))
    return Arriving(outcome, who, account.is_instant, words.kind, words.is_from_machine)


def keep(ticket: Ticket, arriving: Arriving) -> None:
    """Write what was recognised beside the ticket that has just been opened; one plain statement, since every arrival
    pays for it."""
    outcome, who = arriving.outcome, arriving.standing
    given = Source.GIVEN if arriving.given_kind else Source.NOBODY
    values = (
        ticket.pk,
        arriving.is_instant,
        who.is_high_value,
        who.is_high_risk,
        json.dumps({**who.reasons, "rules": outcome.by}),
        str(Source.RULE if outcome.kind else given),
        str(Source.RULE if outcome.tone else Source.NOBODY),
        str(Source.RULE if outcome.priority else Source.NOBODY),
        outcome.rule_ids,
        outcome.is_urgent,
        ticket.priority,
        ticket.created_at,
        arriving.is_from_machine,
    )
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
