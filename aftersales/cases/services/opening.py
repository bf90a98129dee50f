"""A case comes in: a ticket on the channel of authorities, a claim of its own kind, and its legal deadlines as clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils.translation import gettext as _

from aftersales.cases.models import Authority, CaseFile
from aftersales.cases.terms import deadlines_of, term_of
from aftersales.claims.access import can_see
from aftersales.claims.models import Claim, ClaimKind, FilePurpose
from aftersales.claims.services.arguments import MOST_AMOUNT, MOST_WORDS
from aftersales.claims.services.files import attach_files, few
from aftersales.claims.services.moving import changing_claim
from aftersales.claims.services.opening import ClaimDraft, open_claim
from aftersales.claims.services.record import change_record
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Customer, IdentityKind
from helpdesk.customers.services.resolving import resolve_customer
from tickets.access import can_see as can_see_ticket
from tickets.models import Kind, Priority, Ticket
from tickets.routing.grading import grade
from tickets.routing.selectors.teams import team_for
from tickets.services.assignment import assign_ticket
from tickets.services.files import NewFile
from tickets.services.receiving import Incoming, Opening, open_ticket

SOURCE = "case"
SLUG = "authorities"
MOST_YEARS = timedelta(days=5 * 366)


@dataclass(frozen=True)
class CaseDraft:
    """What the letter or the platform's page says. Without deadlines those of the authority's term count; `about` is the
    claim of ours that it is about; `phone` and `email` are the consumer's, as far as they are told."""

    authority: str
    number: str
    demand: str
    body: str = ""
    link: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    about_id: int | None = None
    handler_id: int | None = None
    received_at: datetime | None = None
    accept_due_at: datetime | None = None
    answer_due_at: datetime | None = None
    amount: Decimal | None = None
    files: Sequence[NewFile] = ()


@dataclass(frozen=True)
class Opened:
    """The case's claim, and whether it is new."""

    claim: Claim
    is_new: bool


def authority_account() -> ChannelAccount:
    """The channel through which cases come in."""
    found = ChannelAccount.objects.filter(kind=ChannelKind.AUTHORITY, is_active=True).order_by("pk").first()
    if found is None:
        values = {"kind": ChannelKind.AUTHORITY, "grade": ChannelGrade.CORE, "name": "Regulators and platforms"}
        found, _created = ChannelAccount.objects.get_or_create(slug=SLUG, defaults={**values, "name_zh": "监管与平台"})
    return found


def ensure_account() -> None:
    """The channel is there from the beginning, so that its team can be chosen."""
    authority_account()


@transaction.atomic
def open_case(draft: CaseDraft, *, by: Actor) -> Opened:
    """Take a case in; announces ticket.created, claim.opened and case.opened. The same authority and number give the case that
    is there, as far as the actor may see it (else `Forbidden`).

    Refuses (`Invalid`) what is missing or makes no sense, each at its field.
    """
    _require(by)
    now = clock.now()
    values = _clean(draft, now, by)
    key = f"{draft.authority}:{values['number']}"
    with connection.cursor() as cursor:  # the same letter typed twice at once
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7151))", [f"case|{key}"])
    known = Claim.objects.filter(source=SOURCE, external_id=key).select_related("ticket").first()
    if known is not None:
        if not can_see(by, known):
            raise Forbidden
        return Opened(known, is_new=False)
    handler: Staff | None = values["handler"]
    ticket_id = _open_ticket(draft, values, by, handler)
    ticket = Ticket.objects.get(pk=ticket_id)
    claim = open_claim(
        ticket_id,
        ClaimDraft(
            ClaimKind.CASE,
            reason="other",
            words=values["demand"],
            asked_amount=draft.amount,
            source=SOURCE,
            external_id=key,
        ),
        # who leads it may be of another team than who takes it in
        by=by if can_see_ticket(by, ticket) else SYSTEM,
    )
    change_record(
        claim.pk, {"external_number": values["number"], "handler": handler.pk if handler else None}, by=SYSTEM
    )
    with changing_claim(claim.pk, "open_case", by=by, sees=lambda actor, claim: True) as (locked, change):
        CaseFile.objects.create(
            claim=locked,
            authority=draft.authority,
            body=values["body"],
            demand=values["demand"],
            link=values["link"],
            about=values["about"],
            received_at=values["received_at"],
            asked_at=values["received_at"],
            accept_due_at=values["accept_due_at"],
            answer_due_at=values["answer_due_at"],
        )
        attach_files(locked, values["files"], purpose=FilePurpose.EVIDENCE, by=by)
        change.announce("case.opened", claim=claim.pk, authority=draft.authority)
    if handler is not None and _is_of(ticket.team, handler):
        assign_ticket(ticket_id, to=handler, by=SYSTEM)
    return Opened(Claim.objects.get(pk=claim.pk), is_new=True)


def _open_ticket(draft: CaseDraft, values: dict[str, Any], by: Actor, handler: Staff | None) -> int:
    about: Claim | None = values["about"]
    customer = about.customer if about is not None else _customer(draft, values, by)
    account = authority_account()
    graded = grade(kind=Kind.COMPLAINT, level=customer.level)
    label = Authority(draft.authority).label
    incoming = Incoming(
        account=account,
        customer=customer,
        text=values["demand"],
        subject=f"{values['body'] or label} {values['number']}",
        language=customer.language,
        author_name=customer.name,
    )
    opening = Opening(
        team=_team(team_for(account), handler or by.staff),
        subject=f"{values['body'] or label} {values['number']}"[:250],
        kind=Kind.COMPLAINT,
        grade=graded.grade,
        priority=Priority.HIGH,
    )
    ticket, _message = open_ticket(incoming, opening, by=by)
    return ticket.pk


def _team(usual: Team, person: Staff | None) -> Team:
    """The channel's team, or one of the person's who leads the case, since they have to see it."""
    if person is None or _is_of(usual, person):
        return usual
    return Team.objects.filter(pk__in=person.team_ids, is_active=True).order_by("pk").first() or usual


def _is_of(team: Team, person: Staff) -> bool:
    return person.sees_all_tickets or team.pk in person.team_ids


def _customer(draft: CaseDraft, values: dict[str, Any], by: Actor) -> Customer:
    known: list[Known] = [item for item in (values["phone"], values["email"]) if item is not None]
    if not known:
        known = [Known(IdentityKind.EXTERNAL, f"{draft.authority}:{values['number']}"[:200], SOURCE)]
    return resolve_customer(known, by=by, name=values["name"])


def _require(by: Actor) -> None:
    if by.is_trusted:
        return
    if by.staff is None or not by.staff.is_active or not by.staff.can(CLAIM_WORK):
        raise Forbidden


# --- What is typed ---------------------------------------------------------------------------------------------------
def _clean(draft: CaseDraft, now: datetime, by: Actor) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    values: dict[str, Any] = {
        "number": _line(draft.number, 80),
        "demand": draft.demand.replace("\x00", "").strip(),
        "body": _line(draft.body, 80),
        "name": _line(draft.name, 160),
        "link": _line(draft.link, 500),
        "files": few(draft.files),
    }
    if draft.authority not in Authority.values:
        wrong["authority"] = _("Choose where the case comes from.")
    if not values["number"]:
        wrong["number"] = _("Enter the number that the authority gave it.")
    if not values["demand"]:
        wrong["demand"] = _("Write down what is complained about and demanded.")
    elif len(values["demand"]) > MOST_WORDS:
        wrong["demand"] = _("Use at most %(most)d characters.") % {"most": MOST_WORDS}
    if values["link"] and urlsplit(values["link"]).scheme not in {"http", "https"}:
        wrong["link"] = _("Enter an address that begins with https://.")
    if draft.amount is not None and not (0 <= draft.amount <= MOST_AMOUNT):
        wrong["amount"] = _("Enter an amount such as 129.90.")
    values["phone"] = _identity(identities.phone, draft.phone, "phone", wrong)
    values["email"] = _identity(identities.email, draft.email, "email", wrong)
    values["about"] = _about(draft, by, wrong)
    values["handler"] = _handler(draft, wrong)
    if not wrong:
        wrong = _moments(draft, now, values)
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _line(text: str, most: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:most]


def _identity(read: Any, text: str, field: str, wrong: dict[str, Any]) -> Known | None:
    if not text.strip():
        return None
    found: Known | None = read(text.strip())
    if found is None:
        wrong[field] = _("This is no phone number.") if field == "phone" else _("This is no e-mail address.")
    return found


def _about(draft: CaseDraft, by: Actor, wrong: dict[str, Any]) -> Claim | None:
    if draft.about_id is None:
        return None
    found = Claim.objects.filter(pk=draft.about_id).select_related("ticket", "customer").first()
    if found is None or found.kind == ClaimKind.CASE or not can_see(by, found):
        wrong["about"] = _("There is no such claim.")
        return None
    return found


def _handler(draft: CaseDraft, wrong: dict[str, Any]) -> Staff | None:
    if draft.handler_id is None:
        return None
    found = Staff.objects.filter(pk=draft.handler_id, is_active=True).first()
    if found is None or not found.can(CLAIM_WORK):
        wrong["handler"] = _("Choose somebody who works on claims.")
        return None
    return found


def _moments(draft: CaseDraft, now: datetime, values: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    received = values["received_at"] = draft.received_at or now
    if received > now:
        return {"received_at": _("It cannot have come in after now.")}
    if received < now - MOST_YEARS:
        return {"received_at": _("This lies too far back.")}
    accept, answer = deadlines_of(term_of(draft.authority), received)
    values["answer_due_at"] = draft.answer_due_at or answer
    values["accept_due_at"] = draft.accept_due_at or min(accept, values["answer_due_at"])
    for name in ("accept_due_at", "answer_due_at"):
        if not received <= values[name] <= now + MOST_YEARS:
            wrong[name] = _("A deadline lies after the day on which the case came in.")
    return wrong
