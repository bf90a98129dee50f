"""`message_to_customer`: tell the customer something in their language, as the product and not as a person.

It goes the way of every answer (channel, outbox, portal), is marked as automatic, meets no deadline and takes no ownership.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.permissions import REPLY
from helpdesk.core import throttle
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.registries import Action, Argument
from tickets.automation.actions import values
from tickets.automation.actions.variables import check_variables, fill
from tickets.models import Direction, Message, Ticket, Visibility
from tickets.routing.recognition.selectors import is_from_machine
from tickets.services.replying import Reply, reply_to_ticket

NAME = "message_to_customer"
LANGUAGES = ("en", "zh-hans")
PER_CUSTOMER_AND_DAY = 10


def _check(given: dict[str, Any]) -> dict[str, Any]:
    texts = given.get("texts")
    known: dict[str, Any] = texts if isinstance(texts, dict) else {}
    kept = {code: values.text(known, code, most=5000) for code in LANGUAGES}
    kept = {code: words for code, words in kept.items() if words}
    if not kept:
        raise Invalid(fields={"texts": _("Write what the customer is to read.")})
    for words in kept.values():
        check_variables(words, "texts")
    return {"texts": kept}


def words_for(ticket: Ticket, arguments: dict[str, Any]) -> str:
    """The text in the customer's language, else in the one there is, with its variables."""
    language = "zh-hans" if (ticket.language or ticket.customer.language or "en").startswith("zh") else "en"
    texts = arguments["texts"]
    code = language if language in texts else next(iter(texts))
    return fill(texts[code], ticket, code)


def _is_said(ticket: Ticket, words: str) -> bool:
    """Whether the customer has these words already and nothing was said since: nobody is told the same twice in a row."""
    last = (
        Message.objects.filter(ticket=ticket, visibility=Visibility.PUBLIC, withdrawn_at__isnull=True)
        .order_by("-pk")
        .values_list("direction", "is_auto", "text")
        .first()
    )
    return last == (Direction.OUT, True, words)


def _may_say(ticket: Ticket) -> bool:
    """Whether anybody would read it; machines get no automatic message (RFC 3834), or two would write to each other."""
    if ticket.is_sub or ticket.is_closed or ticket.is_spam or ticket.merged_into_id:
        return False
    return not is_from_machine(ticket.pk)


def _is_bearable(ticket: Ticket) -> bool:
    """A sender is easily forged: whoever opens a hundred tickets in somebody's name shall not make us write a hundred times."""
    return throttle.count(f"automatic:{ticket.customer_id}", per=timedelta(days=1)) <= PER_CUSTOMER_AND_DAY


def _run(ticket_id: int, arguments: dict[str, Any], *, by: Actor, version_id: int | None = None) -> None:
    # the lock makes the question and the answer one: two steps at once would both find nothing said
    ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).select_related("customer", "team")
    found = ticket.get(pk=ticket_id)
    words = words_for(found, arguments)
    if _may_say(found) and not _is_said(found, words) and _is_bearable(found):
        reply_to_ticket(ticket_id, Reply(words, is_auto=True), by=by)


def _dry_run(ticket_id: int, arguments: dict[str, Any], version_id: int | None = None) -> str:
    ticket = Ticket.objects.select_related("customer", "team").get(pk=ticket_id)
    words = words_for(ticket, arguments)
    if not _may_say(ticket) or _is_said(ticket, words):
        return _("Nothing: the customer has these words already, or is not to be written to.")
    return _("Write to the customer: %(words)s") % {"words": words}


ACTION = Action(
    NAME,
    gettext_lazy("Write to the customer"),
    _run,
    _dry_run,
    REPLY,
    _check,
    (
        Argument(
            "texts",
            gettext_lazy("Text"),
            "texts",
            required=True,
            hint=gettext_lazy(
                "May hold {{ customer.name }}, {{ ticket.number }}, {{ ticket.subject }} and {{ team.name }}."
            ),
            max_length=5000,
        ),
    ),
)
