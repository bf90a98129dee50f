"""What `{{ … }}` stands for in texts that the product writes by itself."""

from __future__ import annotations

import re

from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.core.errors import Invalid
from tickets.models import Ticket
from tickets.selectors.canned import filled

KNOWN = ("customer.name", "ticket.number", "ticket.subject", "team.name")
# blanks are stripped afterwards: beside `[^{}]*` they could be matched in thousands of ways
_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")


def check_variables(words: str, field: str) -> None:
    """Refuse a variable that nothing fills: it would reach the customer as it stands."""
    unknown = next((name for found in _VARIABLE.findall(words) if (name := found.strip()) not in KNOWN), None)
    if unknown is not None:
        raise Invalid(
            fields={
                field: _("There is no “%(name)s”. Known are: %(known)s.")
                % {"name": unknown[:40], "known": ", ".join(KNOWN)}
            }
        )


def fill(words: str, ticket: Ticket, language: str = "") -> str:
    """The text with its variables, in a language (names of teams have two)."""
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        values = {
            "customer.name": ticket.customer.display_name,
            "ticket.number": ticket.number,
            "ticket.subject": ticket.subject,
            "team.name": ticket.team.label,
        }
    return filled(words, values)
