"""Dry runs: what rules and model would say of a message, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.access import parse_number
from tickets.models import Direction, Kind, Message, Ticket, Tone
from tickets.routing.grading import grade
from tickets.routing.recognition.arriving import Words, facts_of, look
from tickets.routing.recognition.book import compile_rules
from tickets.routing.recognition.calc import CustomerHistory, Outcome, decide, standing
from tickets.routing.recognition.selectors import Guess, percent
from tickets.routing.recognition.services.recognising import read_texts
from tickets.routing.recognition.using import in_use


@dataclass(frozen=True)
class Tried:
    """The rules that fit and what came of them, what the model says, and the grade that follows."""

    rules: list[tuple[int, str]]
    kind: str
    kind_by: str
    tone: str
    tone_by: str
    is_urgent: bool
    priority: str
    grade: str
    team: str
    tags: list[str]
    guesses: list[Guess]
    tones: list[tuple[str, int]]
    waits: bool
    model_number: int | None


def try_message(subject: str, text: str, sender: str, account: ChannelAccount | None) -> Tried:
    """A message from somebody who is not known yet; `Invalid` without any words."""
    if not (subject.strip() or text.strip()):
        raise Invalid(fields={"text": _("Write a message, or name a ticket.")})
    account = account or ChannelAccount(slug="", kind=ChannelKind.EMAIL, name="")
    words = Words(subject, text, sender, "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else "en")
    return _try(words, account, CustomerHistory())


def try_ticket(staff: Staff, number: str) -> Tried:
    """The first message of a ticket that this person may see, as if it arrived now."""
    try:
        pk = parse_number(number)
    except NotFound:
        pk = 0
    ticket = Ticket.objects.visible_to(staff).select_related("customer", "account").filter(pk=pk).first()
    if ticket is None:
        raise Invalid(fields={"number": _("There is no such ticket, or you may not see it.")})
    message = Message.objects.filter(ticket=ticket, direction=Direction.IN).order_by("pk").first()
    names = list(message.attachments.values_list("name", flat=True)) if message else []
    words = Words(
        subject=message.subject if message else ticket.subject,
        text=message.text if message else "",
        sender=message.author_address if message else "",
        language=ticket.language,
        file_names=names,
    )
    return _try(words, ticket.account, look(ticket.customer)[1])


def _try(words: Words, account: ChannelAccount, history: CustomerHistory) -> Tried:
    rules = compile_rules()
    who = standing(history)
    outcome = decide(rules, facts_of(words, account, history.level or CustomerLevel.ORDINARY, who))
    use = in_use()
    reading = use.model.read(read_texts([words.subject, words.text])) if use.model else None
    kind, share = reading.best("kind") if reading else ("", 0.0)
    tone, tone_share = reading.best("tone") if reading else ("", 0.0)
    sure = bool(kind) and share >= use.threshold
    final = outcome.kind or (kind if sure else Kind.OTHER)
    graded = grade(kind=final, level=history.level, is_urgent=outcome.is_urgent)
    names = {rule.id: rule for rule in rules}
    return Tried(
        rules=[(pk, _name(names[pk])) for pk in outcome.rule_ids],
        kind=str(Kind(final).label),
        kind_by=_by(outcome, "kind", sure),
        tone=str(Tone(outcome.tone or (tone if tone_share >= use.tone_threshold and tone else Tone.CALM)).label),
        tone_by=_by(outcome, "tone", bool(tone) and tone_share >= use.tone_threshold),
        is_urgent=outcome.is_urgent,
        priority=outcome.priority or graded.priority,
        grade=graded.grade,
        team=_team(outcome),
        tags=outcome.tags,
        guesses=[
            Guess(name, str(Kind(name).label), percent(value) or 0)
            for name, value in (reading.heads.get("kind", []) if reading else [])[:3]
        ],
        tones=[
            (str(Tone(name).label), percent(value) or 0)
            for name, value in (reading.heads.get("tone", []) if reading else [])[:2]
        ],
        waits=not outcome.kind and not sure,
        model_number=use.model.number if use.model else None,
    )


def _name(rule: Any) -> str:
    from django.utils.translation import get_language

    return (rule.name_zh if (get_language() or "").startswith("zh") else "") or rule.name


def _by(outcome: Outcome, what: str, by_model: bool) -> str:
    if what in outcome.by:
        return _("a rule")
    return _("the trained model") if by_model else _("nobody yet")


def _team(outcome: Outcome) -> str:
    team = Team.objects.filter(pk=outcome.team, is_active=True).first() if outcome.team else None
    return team.label if team else ""
