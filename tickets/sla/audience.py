"""Whom a warning, a breach or a rung tells: owner, lead, supervisor, manager, or named people; set-wise for many tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from helpdesk.accounts.models import Membership, Staff
from helpdesk.accounts.permissions import VIEW_TEAM, Role
from tickets.models import Ticket
from tickets.sla.models import PolicyVersion

OWNER, LEAD, SUPERVISOR, MANAGER = "owner", "lead", "supervisor", "manager"
CHAIN = (OWNER, LEAD, SUPERVISOR, MANAGER)


@dataclass(frozen=True)
class About:
    """What the sweep needs to know of a ticket that it does not lock."""

    ticket_id: int
    owner_id: int | None
    team_id: int
    customer_id: int
    row_version: int
    account_id: int
    channel_kind: str
    kind: str
    level: str


@dataclass
class Audience:
    """The people behind the words of the chain, read once for a batch of tickets."""

    about: dict[int, About]
    leads: Mapping[int, list[int]]
    supervisors: list[int]
    administrators: list[int]
    managers: Mapping[int, list[int]]
    able: dict[int, Staff] = field(default_factory=dict)

    @classmethod
    def of(cls, ticket_ids: Iterable[int], version_ids: Iterable[int] = ()) -> Audience:
        """Four queries, however many tickets."""
        rows = Ticket.objects.filter(pk__in=set(ticket_ids)).values_list(
            "pk",
            "owner_id",
            "team_id",
            "customer_id",
            "row_version",
            "account_id",
            "channel_kind",
            "kind",
            "customer__level",
        )
        about = {row[0]: About(*row) for row in rows}
        staff = {person.pk: person for person in Staff.objects.filter(is_active=True) if person.can(VIEW_TEAM)}
        leads: dict[int, list[int]] = defaultdict(list)
        teams = {ticket.team_id for ticket in about.values()}
        for team_id, staff_id in Membership.objects.filter(team_id__in=teams, is_lead=True).values_list(
            "team", "staff"
        ):
            if staff_id in staff:
                leads[team_id].append(staff_id)
        managers = dict(PolicyVersion.objects.filter(pk__in=set(version_ids)).values_list("pk", "policy__managers"))
        return cls(
            about,
            leads,
            sorted(pk for pk, person in staff.items() if person.role == Role.SUPERVISOR),
            sorted(pk for pk, person in staff.items() if person.role == Role.ADMINISTRATOR),
            managers,
            staff,
        )

    def who(self, ticket_id: int, version_id: int | None, to: Iterable[str], staff: Iterable[int] = ()) -> list[int]:
        """The ids of the people meant, each once. Where a word means nobody (a ticket without an owner, a team without a
        lead), the next of the chain hears instead: a warning that nobody gets would be none."""
        found: list[int] = [pk for pk in staff if pk in self.able]
        for word in to:
            found += self._rung(CHAIN.index(word), ticket_id, version_id)
        return list(dict.fromkeys(found))

    def _rung(self, at: int, ticket_id: int, version_id: int | None) -> list[int]:
        for word in CHAIN[at:]:
            people = [pk for pk in self._named(word, ticket_id, version_id) if pk in self.able]
            if people:
                return people
        return []

    def _named(self, word: str, ticket_id: int, version_id: int | None) -> list[int]:
        ticket = self.about[ticket_id]
        if word == OWNER:
            return [ticket.owner_id] if ticket.owner_id else []
        if word == LEAD:
            return self.leads.get(ticket.team_id, [])
        if word == SUPERVISOR:
            return self.supervisors
        return [pk for pk in self.managers.get(version_id or 0, []) if pk in self.able] or self.administrators


def people_named(ticket_id: int, version_id: int | None, arguments: Mapping[str, Any]) -> list[int]:
    """The people whom an action's arguments mean on one ticket."""
    audience = Audience.of([ticket_id], [version_id] if version_id else [])
    return audience.who(ticket_id, version_id, arguments.get("to", ()), arguments.get("staff", ()))
