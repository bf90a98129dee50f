"""What the person behind a socket may see, read for any number of people at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from channels_app.live import groups
from helpdesk.accounts.models import Membership, Staff
from tickets.models import Ticket


@dataclass(frozen=True)
class Rights:
    """The rights of one active person. `stamp` is what their sessions must carry; it changes with the password."""

    staff_id: int
    name: str
    sees_all: bool
    team_ids: frozenset[int]
    stamp: str = field(repr=False)

    @property
    def groups(self) -> frozenset[str]:
        return groups.of_person(self.staff_id, sees_all=self.sees_all, team_ids=self.team_ids)

    def holds(self, stamp: str) -> bool:
        """Whether a session with this stamp is still good."""
        return constant_time_compare(self.stamp, stamp)


@dataclass(frozen=True)
class Review:
    """The rights of those who are still active, and the sessions that still stand."""

    rights: dict[int, Rights]
    sessions: frozenset[str]


def review(staff_ids: Iterable[int], session_keys: Iterable[str]) -> Review:
    """Read the rights of these people and which of these sessions stand; three queries, however many."""
    teams: dict[int, set[int]] = defaultdict(set)
    people = list(Staff.objects.filter(pk__in=set(staff_ids), is_active=True))
    for staff_id, team_id in Membership.objects.filter(staff__in=people).values_list("staff", "team"):
        teams[staff_id].add(team_id)
    found = {
        person.pk: Rights(
            staff_id=person.pk,
            name=person.name,
            sees_all=person.sees_all_tickets,
            team_ids=frozenset(teams[person.pk]),
            stamp=person.get_session_auth_hash(),
        )
        for person in people
    }
    standing = Session.objects.filter(session_key__in=set(session_keys), expire_date__gt=timezone.now())
    return Review(found, frozenset(standing.values_list("session_key", flat=True)))


def may_see(staff_id: int, ticket_id: int) -> bool:
    """Whether the person may see this ticket now."""
    person = Staff.objects.filter(pk=staff_id, is_active=True).first()
    return person is not None and Ticket.objects.all().visible_to(person).filter(pk=ticket_id).exists()
