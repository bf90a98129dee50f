"""What administrators named: status labels, tags, custom fields."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.core.api.schema import listed, operation
from tickets.api.serializers import CustomFieldSerializer, StatusLabelSerializer, TagSerializer
from tickets.api.views.base import TicketView
from tickets.models import CustomField, StatusLabel, Tag


class StatusLabels(TicketView):
    """`/status-labels/`."""

    @operation(
        "List the statuses",
        answer=listed(StatusLabelSerializer),
        scope="tickets:read",
        returns={"results": [{"id": 2, "category": "open", "name": "Open", "is_default": True}], "next": None},
    )
    def get(self, request: Request) -> Response:
        """Active labels in their order, named in the caller's language."""
        rows = StatusLabel.objects.filter(is_active=True)
        names = [
            {"id": row.pk, "category": row.category, "name": row.label, "is_default": row.is_default} for row in rows
        ]
        return Response({"results": names, "next": None})


class TagList(TicketView):
    """`/tags/`."""

    @operation(
        "List the tags",
        answer=listed(TagSerializer),
        scope="tickets:read",
        returns={"results": [{"id": 3, "name": "washer"}], "next": None},
    )
    def get(self, request: Request) -> Response:
        """Active tags by name."""
        return Response({"results": list(Tag.objects.filter(is_active=True).values("id", "name")[:1000]), "next": None})


class CustomFields(TicketView):
    """`/custom-fields/`."""

    @operation(
        "List the custom fields",
        answer=listed(CustomFieldSerializer),
        scope="tickets:read",
        returns={
            "results": [
                {
                    "key": "serial",
                    "kind": "repair",
                    "type": "text",
                    "name": "Serial number",
                    "choices": [],
                    "is_required": False,
                }
            ],
            "next": None,
        },
    )
    def get(self, request: Request) -> Response:
        """Active fields in their order."""
        rows = CustomField.objects.filter(is_active=True)
        fields = [
            {
                "key": row.key,
                "kind": row.kind,
                "type": row.type,
                "name": row.label,
                "choices": row.choices,
                "is_required": row.is_required,
            }
            for row in rows
        ]
        return Response({"results": fields, "next": None})
