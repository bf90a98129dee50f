"""Choosing the account and address that an answer goes out on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.core.compiled import Compiled
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.models import Identity, IdentityKind
from tickets.models import ParticipantRole, Ticket, TicketParticipant

# Channels that bring a message to the customer, and the identity that is their address there. On the others (portal,
# form, API) the answer is read in the portal, and goes out by mail where the customer has an address.
ADDRESS_KIND = {ChannelKind.EMAIL: IdentityKind.EMAIL, ChannelKind.SMS: IdentityKind.PHONE}


@dataclass(frozen=True)
class Route:
    """One way to reach the customer."""

    account: ChannelAccount
    address: str


def routes(ticket: Ticket) -> list[Route]:
    """The ways to reach the ticket's customer, the ticket's own channel first, then the others that have an address."""
    requester = _requesters.first(ticket.pk)
    address = requester.address if requester is not None else ""
    return routes_among(ticket, _accounts(), _identities(ticket.customer_id), address)


# asked for every answer
_identities: Compiled[Identity] = Compiled(
    lambda customer_id: Identity.objects.filter(customer_id=customer_id).order_by("-is_primary", "id"), int
)
_accounts: Compiled[ChannelAccount] = Compiled(
    lambda: ChannelAccount.objects.filter(kind__in=[str(kind) for kind in ADDRESS_KIND], is_active=True)
)
_requesters: Compiled[TicketParticipant] = Compiled(
    lambda ticket_id: TicketParticipant.objects.filter(ticket_id=ticket_id, role=ParticipantRole.REQUESTER).order_by(
        "pk"
    )[:1],
    int,
)


def routes_among(
    ticket: Ticket, accounts: Sequence[ChannelAccount], identities: Sequence[Identity], requester: str
) -> list[Route]:
    """The same from rows that are already loaded: active accounts, the customer's identities, the requester's address."""
    found = []
    for account in sorted(
        accounts, key=lambda account: (account.pk != ticket.account_id, account.kind != ChannelKind.EMAIL, account.pk)
    ):
        kind = ADDRESS_KIND[ChannelKind(account.kind)]
        own = [identity.value for identity in identities if identity.kind == kind]
        if kind == IdentityKind.EMAIL and "@" in requester:
            own.insert(0, requester)
        if own:
            found.append(Route(account, own[0]))
    return found


def route_for(ticket: Ticket, account: ChannelAccount | None = None) -> Route | None:
    """The chosen account's route, else the first one; None when the customer can only read the answer in the portal."""
    found = routes(ticket)
    if account is not None:
        return next((route for route in found if route.account.pk == account.pk), None)
    return found[0] if found else None
