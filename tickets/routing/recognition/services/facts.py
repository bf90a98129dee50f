"""Missing facts (B4): what each kind needs, what is known already, asking once, and reading the answer back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.permissions import RECOGNITION_MANAGE, REPLY
from helpdesk.accounts.services.guarding import require
from helpdesk.core import throttle
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.customers.models import Order, OrderLine
from tickets.models import Attachment, CustomField, Direction, Kind, Message, Ticket
from tickets.routing.recognition.conditions import compile_expression
from tickets.routing.recognition.finding import BUILT_IN, ORDER, PHOTO, SERIAL, Found, KnownOrder, Material, find_facts
from tickets.routing.recognition.models import AskPolicy, FactCheck, KindFacts, RequiredFact, SerialPattern
from tickets.routing.recognition.selectors import is_from_machine
from tickets.services.changing import Change, changing
from tickets.services.labels import tell
from tickets.services.properties import apply_edit
from tickets.services.replying import Reply, reply_to_ticket

MOST_ORDERS = 50
MOST_PATTERNS = 300
# Automatic questions to one customer.
ASKED_PER_DAY = 5
_PLACES = re.compile(r"\{(name|number|missing)\}")
SHIPPED: dict[str, tuple[str, ...]] = {
    Kind.LOGISTICS: (ORDER,),
    Kind.RETURN: (ORDER, PHOTO),
    Kind.REPAIR: (ORDER, SERIAL, PHOTO),
}


# --- What is needed --------------------------------------------------------------------------------------------------
def fact_choices() -> list[tuple[str, str]]:
    """Everything that may be asked for: what is built in, then the custom fields."""
    fields = CustomField.objects.filter(is_active=True).exclude(key__in=BUILT_IN)
    return [*((key, str(label)) for key, label in BUILT_IN.items()), *((field.key, field.label) for field in fields)]


def fact_label(fact: str, choices: Mapping[str, str] | None = None) -> str:
    """A fact's name in the reader's language."""
    return (choices or dict(fact_choices())).get(fact, fact)


def wanted_facts(kind: str) -> list[str]:
    return list(RequiredFact.objects.filter(kind=kind).values_list("fact", flat=True))


def shipped_text() -> str:
    """The polite request that ships, in the language that is active."""
    return _(
        "Hello {name},\n\nthank you for your message about request {number}. So that we can help you quickly, please send us:\n\n"
        "{missing}\n\nSimply answer this message; a photo can be attached to it."
    )


@transaction.atomic
def ensure_facts() -> None:
    """First rows: what the shipped kinds need; changed by nobody but people from then on."""
    if KindFacts.objects.exists():
        return
    KindFacts.objects.bulk_create([KindFacts(kind=kind) for kind in Kind if kind != Kind.OTHER])
    for kind, facts in SHIPPED.items():
        RequiredFact.objects.bulk_create(
            [RequiredFact(kind=kind, fact=fact, position=place) for place, fact in enumerate(facts)]
        )


@transaction.atomic
def change_kind_facts(
    kind: str, *, by: Actor, facts: Sequence[str], policy: str, text: str = "", text_zh: str = ""
) -> None:
    """What a kind needs and how it is asked for; announces kind_facts.changed."""
    require(by, RECOGNITION_MANAGE)
    known = dict(fact_choices())
    if kind not in Kind.values or kind == Kind.OTHER:
        raise NotFound
    if policy not in AskPolicy.values:
        raise Invalid(fields={"policy": _("Choose one of: %(words)s.") % {"words": ", ".join(AskPolicy.values)}})
    unknown = [fact for fact in facts if fact not in known]
    if unknown:
        raise Invalid(fields={"facts": _("There is no such field: %(name)s.") % {"name": unknown[0]}})
    texts = {"text": _clean_text("text", text), "text_zh": _clean_text("text_zh", text_zh)}
    KindFacts.objects.update_or_create(kind=kind, defaults={"policy": policy, **texts})
    RequiredFact.objects.filter(kind=kind).delete()
    RequiredFact.objects.bulk_create(
        [RequiredFact(kind=kind, fact=fact, position=place) for place, fact in enumerate(dict.fromkeys(facts))]
    )
    row = RequiredFact(pk=list(Kind.values).index(kind) + 1)
    tell("kind_facts.changed", row, by, kind=kind, facts=list(facts), policy=policy)


def _clean_text(name: str, text: str) -> str:
    cleaned = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(cleaned) > 4000:
        raise Invalid(fields={name: _("Please use at most 4,000 characters.")})
    if cleaned and "{missing}" not in cleaned:
        raise Invalid(fields={name: _("The text needs {missing}, where the list of missing facts stands.")})
    return cleaned


@transaction.atomic
def change_serial_patterns(lines: str, *, by: Actor) -> None:
    """One `SKU = expression` a line (`* = expression` for every product); announces serial_patterns.changed."""
    require(by, RECOGNITION_MANAGE)
    rows: dict[str, str] = {}
    for line in lines.replace("\x00", "").splitlines():
        if not line.strip():
            continue
        sku, sign, pattern = (part.strip() for part in line.partition("="))
        if not sign or not sku or not pattern or len(pattern) > 200 or len(sku) > 60:
            raise Invalid(
                fields={"patterns": _("Write one “article = expression” a line: %(line)s") % {"line": line[:80]}}
            )
        try:
            compile_expression(pattern)
        except Invalid as refusal:
            raise Invalid(fields={"patterns": next(iter(refusal.fields.values()))}) from None
        rows["" if sku == "*" else sku] = pattern
    if len(rows) > MOST_PATTERNS:
        raise Invalid(fields={"patterns": _("Enter at most 300 lines.")})
    SerialPattern.objects.all().delete()
    SerialPattern.objects.bulk_create([SerialPattern(sku=sku, pattern=pattern) for sku, pattern in rows.items()])
    tell("serial_patterns.changed", SerialPattern(pk=1), by, number=len(rows))


# --- What is known ---------------------------------------------------------------------------------------------------
def material_of(ticket: Ticket) -> Material:
    """Texts and files that the customer sent, their newest orders and the ticket's fields."""
    messages = Message.objects.filter(ticket=ticket, direction=Direction.IN, is_auto=False).order_by("-pk")[:20]
    texts = [f"{message.subject}\n{message.text[:8000]}" for message in messages]
    types = Attachment.objects.filter(message__ticket=ticket, message__direction=Direction.IN)
    return Material(
        texts=[ticket.subject, *texts],
        file_types=list(types.values_list("content_type", flat=True)[:50]),
        orders=_orders(ticket.customer_id),
        fields=ticket.fields,
        serial_patterns={row.sku: compile_expression(row.pattern) for row in SerialPattern.objects.all()},
    )


def _orders(customer_id: int) -> list[KnownOrder]:
    orders = list(Order.objects.filter(customer_id=customer_id).order_by("-placed_at")[:MOST_ORDERS])
    lines = OrderLine.objects.filter(order__in=orders).values_list("order_id", "serial", "product__sku")
    by_order: dict[int, list[tuple[str, str]]] = {}
    for order_id, serial, sku in lines:
        by_order.setdefault(order_id, []).append((serial, sku))
    return [
        KnownOrder(
            order.number,
            [serial for serial, _sku in by_order.get(order.pk, ())],
            [sku for _serial, sku in by_order.get(order.pk, ())],
        )
        for order in orders
    ]


def check_facts(ticket_id: int, *, by: Actor = SYSTEM) -> FactCheck | None:
    """Look what is known of what the ticket's kind needs, write it into its fields, and ask when the policy says so.

    Announces ticket.facts_found for what is new, ticket.facts_complete when nothing is missing any more.
    """
    with changing(ticket_id, "check_facts", by=by, permission=None) as change:
        ticket = change.ticket
        wanted = wanted_facts(ticket.kind)
        check = FactCheck.objects.filter(pk=ticket.pk).first()
        if ticket.is_finished or ticket.is_spam or ticket.merged_into_id or not (wanted or check):
            return None
        found = find_facts(wanted, material_of(ticket))
        check = check or FactCheck(ticket=ticket)
        _note(change, check, wanted, found)
        check.save()
    if check.missing and check.asked_at is None and _asks_at_once(ticket.kind) and _may_ask_unbidden(ticket):
        ask_for_facts(ticket_id, by=by, is_auto=True)
    return check


def _note(change: Change, check: FactCheck, wanted: Sequence[str], found: Found) -> None:
    fresh = [fact for fact in found.sources if fact not in check.found]
    check.kind, check.updated_at = change.ticket.kind, change.now
    check.missing = [fact for fact in wanted if fact not in found.sources]
    check.found = {fact: {"source": source} for fact, source in found.sources.items()}
    check.unverified = found.unverified
    _write_fields(change, found)
    if fresh:
        change.announce("ticket.facts_found", facts=fresh, missing=check.missing)
    if check.missing:
        check.completed_at = None
    elif check.completed_at is None:
        check.completed_at = change.now
        change.announce("ticket.facts_complete", kind=change.ticket.kind, asked=check.asked_at is not None)


def _write_fields(change: Change, found: Found) -> None:
    """Facts that have a custom field of their name stand there from now on; what a person wrote stays."""
    values = {fact: value for fact, value in found.values.items() if value and not change.ticket.fields.get(fact)}
    keys = CustomField.objects.filter(is_active=True, key__in=values, kind__in=["", change.ticket.kind])
    fitting = {key: values[key] for key in keys.values_list("key", flat=True)}
    if fitting:
        apply_edit(change, fields=fitting)


def _asks_at_once(kind: str) -> bool:
    return KindFacts.objects.filter(kind=kind, policy=AskPolicy.AUTOMATIC).exists()


def _may_ask_unbidden(ticket: Ticket) -> bool:
    """Never a machine, and no customer more than a few times a day: a sender is easily forged, and two machines could write
    to each other for ever. People may ask whomever they like."""
    if is_from_machine(ticket.pk):
        return False
    return throttle.count(f"ask-facts:{ticket.customer_id}", per=timedelta(days=1)) <= ASKED_PER_DAY


# --- Asking ----------------------------------------------------------------------------------------------------------
def request_text(ticket: Ticket, missing: Sequence[str]) -> str:
    """The polite request for these facts, in the customer's language."""
    row = KindFacts.objects.filter(kind=ticket.kind).first()
    is_chinese = (ticket.language or ticket.customer.language).startswith("zh")
    with translation.override("zh-hans" if is_chinese else "en"):
        own = (row.text_zh if is_chinese else row.text) if row else ""
        listed = "\n".join(f"- {fact_label(fact)}" for fact in missing)
        values = {"name": ticket.customer.name or _("dear customer"), "number": ticket.number, "missing": listed}
        # in one pass: a customer's name is no place for further variables
        return _PLACES.sub(lambda found: values[found[1]], own or shipped_text())


@transaction.atomic
def ask_for_facts(ticket_id: int, *, by: Actor, is_auto: bool = False) -> Message:
    """Send the request, once: `Invalid` when nothing is missing, or when it has gone out already. Announces
    ticket.facts_asked; an automatic one is no answer of a person."""
    if by.staff is not None:
        require(by, REPLY)
    with changing(ticket_id, "ask_facts", by=by, permission=None if by.is_trusted else REPLY) as change:
        check = FactCheck.objects.filter(pk=change.ticket.pk).first()
        if check is None or not check.missing:
            raise Invalid(_("Nothing is missing."))
        if check.asked_at is not None:
            raise Invalid(_("The customer has been asked already."))
        text = request_text(change.ticket, check.missing)
        check.asked_at = change.now
        check.save(update_fields=["asked_at"])
        change.announce("ticket.facts_asked", facts=list(check.missing), is_auto=is_auto)
    message = reply_to_ticket(ticket_id, Reply(text, is_auto=is_auto, undo=not is_auto), by=by)
    FactCheck.objects.filter(pk=ticket_id).update(asked_message_id=message.pk)
    return message
