"""Rules about senders: which addresses and domains are always or never spam. Each change is one event, without the address."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import SENDERS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.saving import save_checked
from tickets.intake.models import SenderRule, SenderVerdict
from tickets.services.labels import change, locked, plain_text, tell

RULE_FIELDS = ("pattern", "verdict", "note")


def clean_pattern(text: str) -> str:
    """An address or a domain in lower case; `@example.com` and `*@example.com` mean the domain."""
    pattern = text.replace("\x00", "").strip().lower()
    pattern = re.sub(r"^\*?@", "", pattern)
    try:
        if "@" in pattern:
            validate_email(pattern)
        else:
            validate_domain_name(pattern)
            if "." not in pattern:
                raise ValidationError("no dot")
    except ValidationError:
        raise Invalid(fields={"pattern": _("Write an address such as a@example.com, or a domain.")}) from None
    return pattern


@transaction.atomic
def save_rule(pk: int | None, *, by: Actor, seen: str | None = None, **values: Any) -> SenderRule:
    """Always or never spam, from now on; announces sender_rule.created or sender_rule.changed (without the address)."""
    require(by, SENDERS_MANAGE)
    if values.get("verdict") not in SenderVerdict.values:
        raise Invalid(fields={"verdict": _("Choose one of the two.")})
    values["pattern"] = clean_pattern(str(values.get("pattern", "")))
    if pk is None:
        rule = SenderRule(**{name: plain_text(values.get(name, "")) for name in RULE_FIELDS})
        save_checked(rule)
        tell("sender_rule.created", rule, by, verdict=rule.verdict)
        return rule
    rule = locked(SenderRule, pk)
    changed = change(rule, RULE_FIELDS, values, seen)
    if changed:
        tell("sender_rule.changed", rule, by, fields=changed)
    return rule


@transaction.atomic
def delete_rule(pk: int, *, by: Actor) -> None:
    """The ordinary verdict counts again; announces sender_rule.deleted."""
    require(by, SENDERS_MANAGE)
    rule = locked(SenderRule, pk)
    tell("sender_rule.deleted", rule, by, verdict=rule.verdict)
    rule.delete()
