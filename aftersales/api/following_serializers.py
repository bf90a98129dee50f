"""What requests about promises, visits, parcels, preventive actions and offers may hold, and what answers look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from aftersales.claims.models import ClaimKind
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.complaints.models import ActionState
from aftersales.outlets.models import WorkState
from aftersales.parcels.choices import ParcelDirection, ParcelState
from aftersales.visits.models import VisitState

Base = serializers.Serializer
_VERSION: dict[str, Any] = {"min_value": 0, "max_value": 2**31 - 1, "required": False}


class NewPromiseSerializer(Base[Any]):
    """By when we write to the customer; `words` go to them in the key owner's name."""

    due_at = serializers.DateTimeField()
    words = serializers.CharField(max_length=MOST_WORDS, required=False, allow_blank=True, default="")
    row_version = serializers.IntegerField(**_VERSION)


class PromiseSerializer(Base[Any]):
    """A promise, and what became of it."""

    id = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField()
    state = serializers.ChoiceField(["stands", "kept", "kept_late", "ended"])
    kept_at = serializers.DateTimeField(allow_null=True)


class VisitSerializer(Base[Any]):
    """A visit; `window_*` is what the customer was promised, `planned_at` when the route has the engineer arrive."""

    id = serializers.IntegerField()
    claim = serializers.CharField()
    state = serializers.ChoiceField(VisitState.choices)
    engineer = serializers.CharField(allow_null=True, help_text="User name.")
    outlet = serializers.CharField(allow_null=True)
    minutes = serializers.IntegerField()
    window_start = serializers.DateTimeField(allow_null=True)
    window_end = serializers.DateTimeField(allow_null=True)
    planned_at = serializers.DateTimeField(allow_null=True)
    asked_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    checked_in_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    result = serializers.CharField()
    rebookings = serializers.IntegerField()
    row_version = serializers.IntegerField()


class SlotSerializer(Base[Any]):
    """A time that can be promised; `slot` is what a booking names."""

    slot = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    is_outlet = serializers.BooleanField(help_text="An outlet would come, which has to accept first.")


class BookingSerializer(Base[Any]):
    """A time, and for those who plan the engineer's user name."""

    slot = serializers.CharField(max_length=40)
    engineer = serializers.CharField(max_length=150, required=False)
    row_version = serializers.IntegerField(**_VERSION)


class CancellationSerializer(Base[Any]):
    """Why nobody comes."""

    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    row_version = serializers.IntegerField(**_VERSION)


class NewParcelSerializer(Base[Any]):
    """Carrier (`other` where it is not known) and the number on the label."""

    carrier = serializers.CharField(max_length=20, required=False, default="other")
    number = serializers.CharField(max_length=80)
    direction = serializers.ChoiceField(ParcelDirection.choices)


class ParcelEventSerializer(Base[Any]):
    """What a carrier said."""

    at = serializers.DateTimeField()
    words = serializers.CharField()
    place = serializers.CharField()


class ParcelSerializer(Base[Any]):
    """A parcel with what its carrier said, the newest first."""

    id = serializers.IntegerField()
    claim = serializers.CharField(allow_null=True)
    order = serializers.IntegerField(allow_null=True)
    direction = serializers.ChoiceField(ParcelDirection.choices)
    carrier = serializers.CharField()
    number = serializers.CharField()
    state = serializers.ChoiceField(ParcelState.choices)
    is_open = serializers.BooleanField()
    announced_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField(), help_text="What somebody has to look at.")
    events = ParcelEventSerializer(many=True)


class NewActionSerializer(Base[Any]):
    """What, by whom (user name), until which day."""

    words = serializers.CharField(max_length=400)
    owner = serializers.CharField(max_length=150)
    due_on = serializers.DateField()


class ChangedActionSerializer(Base[Any]):
    """What is not named stays."""

    words = serializers.CharField(max_length=400, required=False)
    owner = serializers.CharField(max_length=150, required=False)
    due_on = serializers.DateField(required=False)
    row_version = serializers.IntegerField(**_VERSION)


class EndedActionSerializer(Base[Any]):
    """Done, or dropped, and what came of it."""

    is_done = serializers.BooleanField()
    result = serializers.CharField(max_length=400)
    row_version = serializers.IntegerField(**_VERSION)


class ActionSerializer(Base[Any]):
    """A preventive action."""

    id = serializers.IntegerField()
    claim = serializers.CharField()
    words = serializers.CharField()
    owner = serializers.CharField(help_text="User name.")
    due_on = serializers.DateField()
    state = serializers.ChoiceField(ActionState.choices)
    result = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    row_version = serializers.IntegerField()


class WorkOfferSerializer(Base[Any]):
    """Work that the owner's outlet is asked about."""

    id = serializers.IntegerField()
    work_order = serializers.CharField()
    claim = serializers.CharField()
    kind = serializers.ChoiceField(ClaimKind.choices)
    area = serializers.CharField(allow_null=True)
    window_start = serializers.DateTimeField(allow_null=True)
    window_end = serializers.DateTimeField(allow_null=True)
    offered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class DeclinedWorkOfferSerializer(Base[Any]):
    """Why the outlet does not want it."""

    reason = serializers.CharField(max_length=300)


class WorkOrderSerializer(Base[Any]):
    """The work as it stands after the answer."""

    number = serializers.CharField()
    claim = serializers.CharField()
    state = serializers.ChoiceField(WorkState.choices)
    accepted_at = serializers.DateTimeField(allow_null=True)
