"""Small factories with believable defaults; a test names only what matters to it."""

from __future__ import annotations

import itertools
from typing import Any

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import Role
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.identities import Known, email
from helpdesk.customers.models import Customer
from tickets.intake.arrival import Arrival
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Ticket

_numbers = itertools.count(1)


def make_team(name: str = "", *, is_default: bool = False, **fields: Any) -> Team:
    """A team; its slug follows its name."""
    name = name or f"Team {next(_numbers)}"
    return Team.objects.create(slug=name.lower().replace(" ", "-"), name=name, is_default=is_default, **fields)


def make_staff(username: str = "", *, role: str = Role.AGENT, teams: tuple[Team, ...] = (), **fields: Any) -> Staff:
    """A person of the staff in these teams; password `long enough 1`."""
    username = username or f"staff{next(_numbers)}"
    fields = {"name": username.title(), "email": f"{username}@company.example", **fields}
    staff = Staff.objects.create_user(username, password="long enough 1", role=role, **fields)
    for team in teams:
        Membership.objects.create(staff=staff, team=team)
    return Staff.objects.get(pk=staff.pk)


def actor(staff: Staff) -> Actor:
    """The person as an actor with fresh rights."""
    return Actor.of_staff(Staff.objects.get(pk=staff.pk))


def make_account(
    slug: str = "support", *, kind: str = ChannelKind.EMAIL, team: Team | None = None, **fields: Any
) -> ChannelAccount:
    """A channel account, by default the mailbox support@company.example."""
    from tickets.routing.models import AccountTeam

    if kind == ChannelKind.EMAIL:
        fields.setdefault("address", f"{slug}@company.example")
    account, _created = ChannelAccount.objects.get_or_create(
        slug=slug, defaults={"kind": kind, "name": slug.title(), **fields}
    )
    if team is not None:
        AccountTeam.objects.update_or_create(account=account, defaults={"team": team})
    return account


def make_arrival(account: ChannelAccount | None = None, **fields: Any) -> Arrival:
    """A message from a customer on its way in; each has an id of its own unless one is given."""
    nth = next(_numbers)
    address = fields.pop("address", "li.na@customer.example")
    known = fields.pop("known", None) or [email(address)]
    values: dict[str, Any] = {
        "account": account or make_account(),
        "known": [item for item in known if isinstance(item, Known)],
        "name": "Li Na",
        "subject": "Washer stops with E21",
        "text": "The washer stopped halfway with E21. Water on the floor. 洗衣机漏水",
        "author_address": address,
        "external_id": f"ext-{nth}",
        "rfc_message_id": f"mail-{nth}@customer.example",
        "language": "en",
    }
    return Arrival(**{**values, **fields})


def make_ticket(team: Team | None = None, **fields: Any) -> Ticket:
    """A ticket as a customer's first message opens it, in this team's queue."""
    ensure_labels()
    slug = f"box-{team.slug}" if team else "support"
    if team is None and not Team.objects.filter(is_default=True).exists():
        make_team("Support", is_default=True)
    account = fields.pop("account", None) or make_account(slug, team=team)
    return receive(make_arrival(account, **fields), by=SYSTEM).ticket


def make_customer(name: str = "Li Na", address: str = "li.na@customer.example", **fields: Any) -> Customer:
    """A customer with a verified e-mail address."""
    from helpdesk.customers.models import Identity

    customer = Customer.objects.create(name=name, **fields)
    Identity.objects.create(customer=customer, kind="email", value=address, is_verified=True, is_primary=True)
    return customer
