"""Who has the conversation: bot, queue, agent or nobody. One machine for every channel, moved only here.

Any state → queue (a hand-over: somebody must take it), bot or queue → agent (somebody took it), any → nobody (the
ticket is finished). The bot gets a conversation only when it is new or was with nobody; never from an agent.
"""

from __future__ import annotations

from helpdesk.accounts.models import Staff
from helpdesk.core.errors import Refused
from tickets.models import Holder
from tickets.services.changing import Change

ALLOWED = {
    Holder.BOT: {Holder.QUEUE, Holder.AGENT, Holder.NOBODY},
    Holder.QUEUE: {Holder.AGENT, Holder.NOBODY, Holder.QUEUE},
    Holder.AGENT: {Holder.AGENT, Holder.QUEUE, Holder.NOBODY},
    Holder.NOBODY: {Holder.BOT, Holder.QUEUE, Holder.AGENT},
}


def hold(change: Change, holder: Holder, *, reason: str = "") -> None:
    """Move the conversation to `holder` as a part of `change`; announces ticket.handed_over when it moves."""
    current = Holder(change.get("holder"))
    if current == holder:
        return
    if holder not in ALLOWED[current] and not change.is_new:
        raise Refused(f"the conversation cannot go from {current} to {holder}")
    change.set(holder=str(holder))
    change.announce("ticket.handed_over", holder=[str(current), str(holder)], reason=reason)


def settle(change: Change, owner: Staff | None) -> None:
    """After an owner was set or taken away: the agent holds it, or it waits in the queue."""
    hold(change, Holder.AGENT if owner is not None else Holder.QUEUE, reason="owner")
