"""Who the key is, and the colleagues and teams that its owner works with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import key_of, owner_of
from helpdesk.accounts.api.permissions import ANY_KEY
from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import PERMISSIONS, Role, Scope
from helpdesk.core.api.paging import moment
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.api.views import ApiView


class TeamSerializer(serializers.Serializer[Any]):
    """A team, named in the caller's language."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    is_default = serializers.BooleanField()


class StaffSerializer(serializers.Serializer[Any]):
    """A colleague; no address, no settings."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    teams = serializers.ListField(child=serializers.IntegerField())


class KeySerializer(serializers.Serializer[Any]):
    """The key itself, without its secret."""

    prefix = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    expires_at = serializers.DateTimeField(allow_null=True)
    rate_per_minute = serializers.IntegerField()


class MeSerializer(StaffSerializer):
    """The key's owner, and what owner and key may do."""

    permissions = serializers.ListField(child=serializers.CharField())
    sees_all_tickets = serializers.BooleanField()
    key = KeySerializer()


COLLEAGUE = {"id": 7, "username": "agent", "name": "Chen Yu", "role": "agent", "teams": [1]}
TEAM = {"id": 1, "slug": "support", "name": "Support", "is_default": True}


class Me(ApiView):
    """`/me/`."""

    required_scopes = {"GET": ANY_KEY}

    @operation(
        "Who am I",
        answer=MeSerializer,
        description="The key and its owner; any key may ask.",
        returns={
            **COLLEAGUE,
            "permissions": ["ticket.note", "ticket.reply"],
            "sees_all_tickets": False,
            "key": {
                "prefix": "hd_0f1e2d3c4b5a",
                "name": "Shop",
                "scopes": ["tickets:read"],
                "expires_at": None,
                "rate_per_minute": 12000,
            },
        },
    )
    def get(self, request: Request) -> Response:
        """Owner, permissions, key."""
        staff, key = owner_of(request), key_of(request)
        return Response(
            {
                **_colleague(staff, staff.team_ids),
                "permissions": sorted(PERMISSIONS.get(staff.role, ())),
                "sees_all_tickets": staff.sees_all_tickets,
                "key": {
                    "prefix": str(key),
                    "name": key.name,
                    "scopes": key.scopes,
                    "expires_at": moment(key.expires_at),
                    "rate_per_minute": settings.API_RATE_PER_MINUTE,
                },
            }
        )


def _colleague(staff: Staff, teams: list[int]) -> dict[str, Any]:
    return {"id": staff.pk, "username": staff.username, "name": staff.name, "role": staff.role, "teams": teams}


class Teams(ApiView):
    """`/teams/`."""

    required_scopes = {"GET": Scope.TICKETS_READ}

    @operation(
        "List the teams",
        answer=listed(TeamSerializer),
        scope="tickets:read",
        returns={"results": [TEAM], "next": None},
    )
    def get(self, request: Request) -> Response:
        """Active teams in their order; a ticket may be transferred to any of them."""
        teams = [
            {"id": team.pk, "slug": team.slug, "name": team.label, "is_default": team.is_default}
            for team in Team.objects.filter(is_active=True)
        ]
        return Response({"results": teams, "next": None})


class StaffList(ApiView):
    """`/staff/`."""

    required_scopes = {"GET": Scope.TICKETS_READ}

    @operation(
        "List the colleagues",
        answer=listed(StaffSerializer),
        scope="tickets:read",
        description="Active colleagues by name, at most 1,000.",
        returns={"results": [COLLEAGUE], "next": None},
    )
    def get(self, request: Request) -> Response:
        """Names, roles and teams."""
        people = list(Staff.objects.filter(is_active=True)[:1000])
        teams: dict[int, list[int]] = {person.pk: [] for person in people}
        for staff_id, team_id in Membership.objects.order_by("team_id").values_list("staff_id", "team_id"):
            teams.get(staff_id, []).append(team_id)
        return Response({"results": [_colleague(person, teams[person.pk]) for person in people], "next": None})
