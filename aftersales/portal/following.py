"""What a customer sees of their claims: the list, one claim with its stepper, and what they can do with it now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersales.claims.access import parse_number
from aftersales.claims.machines import Move, Party, Step
from aftersales.claims.models import Claim, ClaimFile, ClaimLine, FilePurpose
from aftersales.claims.progress import FAILED, progress_of
from aftersales.parcels.models import Carrier
from aftersales.portal import words
from aftersales.portal.offers import in_words, source_of
from aftersales.visits.models import Visit
from helpdesk.core import clock
from helpdesk.core.errors import NotFound
from helpdesk.core.keyset import Page, page
from helpdesk.customers.models import Customer
from tickets.models import Satisfaction, SatisfactionAbout
from tickets.services.files import clean_name
from tickets.sla.models import Clock

PAGE_SIZE = 20
# Photos and papers that the customer brought or is given; what people of the desk gather is not theirs to read.
SHOWN_FILES = (FilePurpose.APPLICATION, FilePurpose.INVOICE, FilePurpose.WORK)
# Moves that another room's panel makes with a page of its own.
_OF_PANELS = frozenset({"arrange", "rearrange"})
# The promises that a customer can read off the stepper: metric → the step that it is about.
_PROMISED = {
    "claim_feedback": Step.DECIDED,
    "dispatch": Step.ARRANGED,
    "repair": Step.DONE_WORK,
    "cycle": Step.CLOSED,
}


def claims_page(customer: Customer, *, cursor: str | None = None, state: str = "") -> Page[Claim]:
    """One page of the customer's claims, the newest first; `state` is open or done."""
    rows = Claim.objects.of_customer(customer).exclude(kind="case").select_related("order")
    if state == "open":
        rows = rows.open()
    elif state == "done":
        rows = rows.filter(closed_at__isnull=False)
    return page(rows, cursor, by="opened_at", size=PAGE_SIZE)


def rows_for_list(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """List rows: what it is about, where it stands; one query for the things of all of them."""
    claims = list(claims)
    names: dict[int, str] = {}
    for line in ClaimLine.objects.filter(claim__in=claims).select_related("product").order_by("-pk"):
        names[line.claim_id] = line.product.label
    return [row_of(claim, names.get(claim.pk, "")) for claim in claims]


def row_of(claim: Claim, thing: str) -> dict[str, Any]:
    """One list row: what it is about, and where it stands."""
    return {
        "number": claim.number,
        "kind": claim.get_kind_display(),
        "thing": thing,
        "state": words.headline(claim),
        "at": claim.moved_at,
        "is_open": claim.is_open,
        "is_turn": claim.state in words.THEIR_TURN,
        "has_failed": claim.state in {"rejected", "refused", "expired"},
    }


def get_claim(customer: Customer, number: str) -> Claim:
    """The customer's claim of this number; `NotFound` alike for another's and for none. A case of a regulator is the
    company's own file, not a page of the customer's."""
    rows = Claim.objects.of_customer(customer).exclude(kind="case")
    claim = rows.select_related("order", "ticket", "customer").filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    return claim


def steps_of(claim: Claim, promised: Mapping[Step, datetime]) -> list[dict[str, Any]]:
    """The stepper's steps (`components/stepper.html`), what is to come with the day that was promised for it; one query."""
    found = []
    for step in progress_of(claim, list(claim.moves.order_by("pk"))):
        is_here = step.state in {"current", "failed"} or (not claim.is_open and step.step == claim.place.step)
        found.append(
            {
                "label": words.step_label(claim, step.step, is_here=is_here),
                "state": step.state,
                "at": step.at,
                "expected": promised.get(step.step) if step.state == "todo" else None,
                "detail": _detail(claim) if is_here else "",
            }
        )
    if claim.is_open and claim.state not in FAILED and all(step["label"] != words.STEPS[Step.CLOSED] for step in found):
        # the last word is the customer's, whichever way leads there
        expected = promised.get(Step.CLOSED)
        found.append(
            {"label": words.STEPS[Step.CLOSED], "state": "todo", "at": None, "expected": expected, "detail": ""}
        )
    return found


def promised_for(claim: Claim) -> dict[Step, datetime]:
    """Until when we promised each step that is to come: the deadlines of the claim's clocks that are still ahead; one query.
    The end is expected with the claim's cycle, else with the solution of its ticket."""
    if not claim.is_open:
        return {}
    of_claim = Q(subject_kind="claim", subject_id=claim.pk, metric__in=_PROMISED)
    rows = Clock.objects.filter(of_claim | Q(subject_kind="ticket", metric="resolution"), ticket_id=claim.ticket_id)
    running = rows.filter(state="running", due_at__gt=clock.now()).values_list("metric", "due_at")
    dues = {metric: due for metric, due in running if due is not None}
    found = {step: dues[metric] for metric, step in _PROMISED.items() if metric in dues}
    if "resolution" in dues:
        found.setdefault(Step.CLOSED, dues["resolution"])
    return found


def _detail(claim: Claim) -> str:
    if claim.state == "rejected":
        return claim.refusal
    return str(claim.place.label) if claim.is_open else ""


@dataclass(frozen=True)
class Choice:
    """Something that the customer can do now; `asks` are the arguments that its form has."""

    name: str
    label: Any
    asks: tuple[str, ...]
    is_main: bool

    @property
    def is_plain(self) -> bool:
        """Whether a button is all that it needs."""
        return not {"parcel", "words", "note"} & set(self.asks)


def choices_of(claim: Claim) -> list[Choice]:
    """The customer's own moves from here, the usual one first; those that a panel of another room makes are left out."""
    found = [
        Choice(move.name, words.MOVES.get(move.name, move.label), move.asks, move.is_main)
        for move in claim.machine.from_state(claim.state)
        if Party.CUSTOMER in move.by and move.name not in _OF_PANELS and not _is_held_up(claim, move)
    ]
    return sorted(found, key=lambda choice: not choice.is_main)


def _is_held_up(claim: Claim, move: Move) -> bool:
    """Whether a guard refuses it whatever is filled in, such as a second objection."""
    assumed: dict[str, Any] = dict.fromkeys(move.asks, True)
    return any(guard(claim, assumed) for guard in move.guards)


def carriers() -> list[tuple[str, str]]:
    """The carriers that a customer may have handed the parcel to; one query."""
    return [(row.key, row.label) for row in Carrier.objects.filter(is_active=True).order_by("position", "key")]


def photos_of(claim: Claim) -> list[dict[str, Any]]:
    """The files that the customer may see, pictures apart from papers; one query."""
    rows = ClaimFile.objects.filter(claim=claim, purpose__in=SHOWN_FILES).select_related("attachment").order_by("pk")
    return [
        {
            "id": row.pk,
            "name": clean_name(row.attachment.name),
            "size": row.attachment.size,
            "is_picture": row.attachment.content_type.startswith("image/"),
            "purpose": row.get_purpose_display(),
        }
        for row in rows
    ]


def rule_of(claim: Claim) -> dict[str, Any] | None:
    """The verdict with which the claim was opened, for the page to explain; nothing where no rule was asked."""
    if not claim.verdict:
        return None
    return {
        "verdict": claim.verdict,
        "label": claim.get_verdict_display(),
        "words": in_words(claim.verdict_words),
        "source": source_of(claim.rule_version_id),
        "has_rule": bool(claim.rule_key),
        "until": None,
    }


def open_question(claim: Claim) -> Satisfaction | None:
    """What the customer was asked about this claim or its visits and has not answered, the claim itself first; one query."""
    visits = Visit.objects.filter(claim=claim).values("pk")
    rows = Satisfaction.objects.filter(
        Q(subject_kind=SatisfactionAbout.CLAIM, subject_id=claim.pk)
        | Q(subject_kind=SatisfactionAbout.VISIT, subject_id__in=visits),
        answered_at__isnull=True,
    )
    return rows.order_by("subject_kind", "-pk").first()


def money_of(claim: Claim) -> list[dict[str, Any]]:
    """Amounts that the customer reads, those that there are."""
    rows = [
        (_("Approved"), claim.approved_amount),
        (_("Paid out"), claim.paid_amount or None),
        (_("To be paid by you"), claim.owed_amount or None),
    ]
    return [{"label": label, "amount": amount} for label, amount in rows if amount is not None]
