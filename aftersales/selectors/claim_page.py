"""What the claim page shows: the claim with its lines, moves, warranty, files and clocks, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from aftersales.claims.access import parse_number
from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Claim, ClaimMove
from aftersales.policy.models import RuleSetVersion
from aftersales.promises.models import Promise
from aftersales.warranty.selectors import warranties_of
from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.errors import NotFound
from tickets.selectors.conversation import IMAGES
from tickets.sla.models import Clock, ClockState
from tickets.sla.panel import chip
from tickets.sla.words import metric_name

MOST_FILES = 60


@dataclass(frozen=True)
class LineShown:
    """A line with its warranty."""

    line: Any
    warranty: Any


@dataclass(frozen=True)
class Judged:
    """Why the policy decided so: the words in the reader's language, and the rule with its set and version."""

    words: str
    rule_key: str
    version: RuleSetVersion | None
    rule: Mapping[str, Any] | None


def visible_claim(staff: Staff, number: str) -> Claim:
    """The claim of this number with what its page names, or `NotFound`; one query."""
    rows = Claim.objects.visible_to(staff).select_related(
        "ticket__status", "ticket__team", "customer", "order", "handler", "cause"
    )
    claim = rows.filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    return claim


def lines_of(claim: Claim) -> list[LineShown]:
    """The lines with product, order line and warranty; two queries."""
    if "loaded_lines" not in claim.__dict__:
        rows = claim.lines.select_related("product", "order_line__order", "replacement").order_by("pk")
        claim.__dict__["loaded_lines"] = list(rows)
    lines = claim.loaded_lines
    warranties = warranties_of(lines, clock.now())
    return [LineShown(line, warranties[(line.product_id, line.serial)]) for line in lines]


def moves_of(claim: Claim) -> list[ClaimMove]:
    """Every move, the oldest first; one query."""
    return list(claim.moves.order_by("pk"))


def files_of(claim: Claim) -> list[Any]:
    """Its photos and papers; one query."""
    found: list[Any] = list(claim.files.select_related("attachment").order_by("pk")[:MOST_FILES])
    for file in found:
        file.is_picture = file.attachment.content_type in IMAGES
    return found


def judged_by(claim: Claim) -> Judged:
    """The verdict's words and the rule that decided, from the version that the claim keeps; one query."""
    words = in_language(claim.verdict_words)
    version = None
    if claim.rule_version_id is not None:
        version = RuleSetVersion.objects.select_related("rule_set").filter(pk=claim.rule_version_id).first()
    rules: Sequence[Mapping[str, Any]] = version.rules if version else ()
    rule = next((one for one in rules if one["key"] == claim.rule_key), None)
    return Judged(words, claim.rule_key, version, rule)


def in_language(words: Mapping[str, str]) -> str:
    """The text of the reader's language; English where there is none."""
    code = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return words.get(code) or words.get("en", "")


def clocks_of(claim: Claim) -> list[dict[str, Any]]:
    """The clocks that run about this claim, its visits and approvals, the most pressing first; one query."""
    about = (
        Q(subject_kind__in=["claim", "case"], subject_id=claim.pk)
        | Q(subject_kind="visit", subject_id__in=claim.visits.values("pk"))
        | Q(subject_kind="promise", subject_id__in=Promise.objects.filter(claim=claim).values("pk"))
        | Q(subject_kind="approval", subject_id__in=claim.approvals.values("pk"))
    )
    rows = Clock.objects.filter(about, ticket_id=claim.ticket_id).exclude(state=ClockState.CANCELLED)
    far = datetime.max.replace(tzinfo=UTC)  # one that stands still has no deadline
    found = sorted(rows.order_by("-pk")[:20], key=lambda row: (not row.is_open, row.due_at or far))
    return [{"label": metric_name(row.metric), "chip": chip(row), "is_open": row.is_open} for row in found]


def move_lines(claim: Claim, moves: Sequence[ClaimMove]) -> list[dict[str, Any]]:
    """The history, the newest first: what was done, by whom, to which state, with what they wrote."""
    machine = MACHINES[claim.kind]
    found = []
    for one in reversed(moves):
        known = machine.find(one.name, one.from_state)
        found.append({"move": one, "label": known.label if known else "", "state": machine.by_key[one.to_state]})
    return found
