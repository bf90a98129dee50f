"""What requests may hold and answers look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from helpdesk.accounts.models import PresenceState
from helpdesk.accounts.models.working import MOST_AT_ONCE
from tickets.routing.models import LoadKind, Strategy


def _capacity(**words: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=MOST_AT_ONCE, allow_null=True, required=False, **words)


class PresenceChangeSerializer(serializers.Serializer[Any]):
    """What the key's owner says about themselves; capacities that are not named stay, null follows what is allowed."""

    state = serializers.ChoiceField(choices=PresenceState.choices)
    chats = _capacity()
    calls = _capacity()
    mails = _capacity()
    is_overtime = serializers.BooleanField(required=False, help_text="Takes tickets outside their shift.")


class CapacitySerializer(serializers.Serializer[Any]):
    """Conversations of one kind."""

    allowed = serializers.IntegerField(help_text="What lead or role allow at once.")
    takes = serializers.IntegerField(help_text="What the person takes of that.")
    used = serializers.IntegerField(help_text="What they carry now, open offers included.")


class CapacitiesSerializer(serializers.Serializer[Any]):
    chats = CapacitySerializer()
    calls = CapacitySerializer()
    mails = CapacitySerializer()


class PresenceSerializer(serializers.Serializer[Any]):
    """The key's owner: whether they are given tickets, and how many."""

    state = serializers.ChoiceField(choices=PresenceState.choices)
    is_on_shift = serializers.BooleanField()
    is_overtime = serializers.BooleanField()
    capacities = CapacitiesSerializer()


class OfferSerializer(serializers.Serializer[Any]):
    """A ticket put before the key's owner."""

    id = serializers.IntegerField()
    ticket = serializers.CharField(help_text="Its number.")
    subject = serializers.CharField()
    load_kind = serializers.ChoiceField(choices=LoadKind.choices)
    offered_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    why = serializers.ListField(child=serializers.CharField(), help_text="Why it is this person, in words.")


class AnsweredSerializer(serializers.Serializer[Any]):
    """The ticket whose offer was answered."""

    ticket = serializers.CharField()


class QueueSerializer(serializers.Serializer[Any]):
    """A team's queue as it is now."""

    team = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    strategy = serializers.ChoiceField(choices=Strategy.choices)
    is_direct = serializers.BooleanField()
    waiting = serializers.IntegerField(help_text="Counted to 1,000; 1,001 means more.")
    waiting_in_green_lane = serializers.IntegerField()
    longest_wait_since = serializers.DateTimeField(
        allow_null=True, help_text="When the one that has waited longest came, among the thousand that come next."
    )
    on_offer = serializers.IntegerField()
    people_able_to_take = serializers.IntegerField(help_text="Online and on shift.")
    people = serializers.IntegerField()
    room = serializers.IntegerField(help_text="How many more conversations these people take together.")


class GradeRuleSerializer(serializers.Serializer[Any]):
    """Grade = urgency × complexity × customer value."""

    version = serializers.IntegerField(help_text="0 is the shipped rule.")
    urgency = serializers.DictField(child=serializers.IntegerField(), help_text="Kind to 1, 2 or 3; 3 is urgent.")
    complexity = serializers.DictField(child=serializers.IntegerField(), help_text="Kind to 1, 2 or 3; 3 is complex.")
    value = serializers.DictField(child=serializers.IntegerField(), help_text="Customer level to 1, 2 or 3.")
    complex_from = serializers.IntegerField(help_text="Complexity × value from which a ticket is complex.")
