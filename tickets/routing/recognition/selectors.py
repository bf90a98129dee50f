"""What pages ask of recognition: what a ticket was recognised as and why, which tickets wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import EDIT, REPLY
from helpdesk.core.templatetags.ui import LEVEL_NAMES
from tickets.models import Direction, Kind, Message, Ticket, Tone, Visibility
from tickets.routing.recognition.finding import BUILT_IN
from tickets.routing.recognition.models import (
    FactCheck,
    FactSource,
    ModelState,
    Recognition,
    RecognitionSetting,
    Source,
)

KINDS = [kind for kind in Kind if kind != Kind.OTHER]
_RULES = """(SELECT json_agg(json_build_object('id', r.id, 'en', r.name, 'zh', r.name_zh) ORDER BY r.position, r.id)
             FROM recognition_recognitionrule r WHERE r.id = ANY(recognition_recognition.rule_ids))"""


@dataclass(frozen=True)
class Guess:
    """A kind with the share that the model gives it, in per cent."""

    kind: str
    label: str
    percent: int


def percent(share: float | None) -> int | None:
    """A share as whole per cent, never 100: no guess is certain."""
    return None if share is None else min(99, round(share * 100))


def guesses_of(known: Recognition) -> list[Guess]:
    """The model's best guesses, best first."""
    return [
        Guess(kind, str(Kind(kind).label), percent(share) or 0) for kind, share in known.guesses if kind in Kind.values
    ]


def recognition_of(ticket_id: int) -> Recognition | None:
    """The ticket's row with the names of the rules that fitted (`rules_named`), in one query."""
    return Recognition.objects.filter(pk=ticket_id).annotate(rules_named=RawSQL(_RULES, ())).first()


def both_of(ticket: Any) -> tuple[Recognition | None, FactCheck | None]:
    """What a loaded ticket was recognised as (with `rules_named`) and how far its facts are: one query for both panels."""
    if "recognised" not in ticket.__dict__:
        rows = (
            Ticket.objects.filter(pk=ticket.pk)
            .only("pk", "recognition", "fact_check")
            .select_related("recognition", "fact_check")
        )
        row = rows.annotate(rules_named=RawSQL(_RULES, ())).first()
        known = getattr(row, "recognition", None)
        if known is not None:
            known.rules_named = row.rules_named  # type: ignore[union-attr]
        ticket.__dict__["recognised"] = known, getattr(row, "fact_check", None)
    found: tuple[Recognition | None, FactCheck | None] = ticket.__dict__["recognised"]
    return found


def is_from_machine(ticket_id: int) -> bool:
    """Whether the ticket was opened by a machine, a list or an address that nobody reads; nothing is sent there by itself."""
    return Recognition.objects.filter(pk=ticket_id, is_from_machine=True).exists()


def rule_names(known: Any) -> list[str]:
    """The rules that fitted, in the reader's language; those deleted since are gone."""
    chinese = (get_language() or "").startswith("zh")
    return [(rule["zh"] if chinese else "") or rule["en"] for rule in known.rules_named or ()]


def because(known: Any, source: str, share: float | None) -> str:
    """Who said it, in words."""
    if source == Source.RULE:
        names = rule_names(known)
        return _("by the rule “%(name)s”") % {"name": names[0]} if names else _("by a rule")
    if source == Source.MODEL:
        return _("by the trained model, %(percent)s %%") % {"percent": percent(share) or 0}
    if source == Source.GIVEN:
        return _("as the form says")
    if source == Source.PERSON:
        return _("as a person says")
    return ""


def customer_words(known: Recognition) -> list[dict[str, Any]]:
    """High value and high risk, each with its reasons in words."""
    found = []
    for name, label, look, is_so in (
        ("value", _("High value"), "accent", known.is_high_value),
        ("risk", _("High risk"), "warn", known.is_high_risk),
    ):
        if is_so:
            reasons = [_reason(code, number) for code, number in known.reasons.get(name, ())]
            found.append({"label": label, "look": look, "why": ", ".join(reasons)})
    return found


def _reason(code: str, number: Any) -> str:
    if code == "level":
        return _("customer level %(level)s") % {"level": LEVEL_NAMES.get(number, number)}
    if code == "orders":
        return ngettext("%(n)s order in a year", "%(n)s orders in a year", number) % {"n": number}
    if code == "complaints":
        return ngettext("%(n)s complaint in a year", "%(n)s complaints in a year", number) % {"n": number}
    return ngettext("threatened to complain %(n)s time", "threatened to complain %(n)s times", number) % {"n": number}


def recognition_panel(*, ticket: Any, staff: Staff, **_other: Any) -> dict[str, Any] | None:
    """Recognised as what and why, for the context column; one query, shared with the facts."""
    known, _check = both_of(ticket)
    if known is None:
        return None
    return {
        "ticket": ticket,
        "known": known,
        "kind_why": because(known, known.kind_source, known.confidence),
        "tone_why": because(known, known.tone_source, known.tone_confidence) if ticket.tone != Tone.CALM else "",
        "rules": rule_names(known),
        "customer": customer_words(known),
        "guesses": guesses_of(known) if known.needs_triage else [],
        "may_edit": staff.can(EDIT) and ticket.merged_into_id is None,
        "tones": Tone.choices,
    }


def broken_model() -> int | None:
    """The number of the model in use when it cannot be read; one query."""
    broken = RecognitionSetting.objects.filter(active__state=ModelState.BROKEN)
    return broken.values_list("active__number", flat=True).first()


def waiting_for_triage(staff: Staff) -> QuerySet[Recognition]:
    """Unsure tickets that this person may see and that are still on the desk."""
    tickets = Ticket.objects.in_queues_of(staff).on_desk()
    return Recognition.objects.filter(needs_triage=True, ticket__in=tickets).select_related(
        "ticket", "ticket__customer"
    )


def opening_words(ticket_ids: Sequence[int]) -> dict[int, str]:
    """What each customer wrote first, cut to a few lines; one query."""
    first = (
        Message.objects.filter(ticket_id__in=ticket_ids, direction=Direction.IN, visibility=Visibility.PUBLIC)
        .order_by("ticket_id", "pk")
        .distinct("ticket_id")
    )
    cut = first.annotate(opening=Left("text", 300)).values_list("ticket_id", "opening")
    return {ticket_id: " ".join(text.split()) for ticket_id, text in cut}


def facts_panel(*, ticket: Any, staff: Staff, **_other: Any) -> dict[str, Any] | None:
    """What is known and what is missing; one query, shared with the recognition."""
    _known, check = both_of(ticket)
    if check is None or not (check.missing or check.found):
        return None
    names = {key: str(label) for key, label in BUILT_IN.items()}
    found = [
        {
            "label": names.get(fact, fact),
            "source": FactSource(entry["source"]).label,
            "value": ticket.fields.get(fact) or "",
        }
        for fact, entry in check.found.items()
    ]
    return {
        "ticket": ticket,
        "check": check,
        "found": found,
        "missing": [names.get(fact, fact) for fact in check.missing],
        "may_ask": bool(check.missing) and check.asked_at is None and staff.can(REPLY) and not ticket.is_finished,
    }
