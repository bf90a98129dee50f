"""Channel accounts without their secrets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.core.api.schema import listed, operation
from helpdesk.core.api.views import ApiView
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind


class ChannelSerializer(serializers.Serializer[Any]):
    """A way by which customers reach the company, named in the caller's language."""

    slug = serializers.CharField()
    kind = serializers.ChoiceField(ChannelKind.choices)
    grade = serializers.ChoiceField(ChannelGrade.choices)
    name = serializers.CharField()
    address = serializers.CharField()
    language = serializers.CharField()


class Channels(ApiView):
    """`/channels/`."""

    required_scopes = {"GET": "tickets:read"}

    @operation(
        "List the channel accounts",
        answer=listed(ChannelSerializer),
        scope="tickets:read",
        returns={
            "results": [
                {
                    "slug": "support",
                    "kind": "email",
                    "grade": "core",
                    "name": "Support",
                    "address": "support@company.example",
                    "language": "en",
                }
            ],
            "next": None,
        },
    )
    def get(self, request: Request) -> Response:
        """Active accounts; configuration and secrets stay inside."""
        rows = ChannelAccount.objects.filter(is_active=True).only(
            "slug", "kind", "grade", "name", "name_zh", "address", "language"
        )
        accounts = [
            {
                "slug": row.slug,
                "kind": row.kind,
                "grade": row.grade,
                "name": row.label,
                "address": row.address,
                "language": row.language,
            }
            for row in rows
        ]
        return Response({"results": accounts, "next": None})
