"""What answers about clocks and policies look like, and what a reason for a breach may hold. Nothing here writes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.sla.models import ClockState
from tickets.sla.models.policies import MAX_SECONDS
from tickets.sla.services.breaches import CAUSES, MOST_WORDS
from tickets.sla.services.policies import PAUSES, WARNINGS

Output = serializers.Serializer
MAX_ID = 2**63 - 1


def _id() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_ID)


class CalendarRefSerializer(Output[Any]):
    """The calendar on which time is counted."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    time_zone = serializers.CharField(help_text="Name in the IANA zone database.")


class PolicyRefSerializer(Output[Any]):
    """The policy, in the version that made the clock."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class BreachSerializer(Output[Any]):
    """A missed deadline and the reason for it; `cause` is empty until somebody gives one."""

    id = serializers.IntegerField()
    metric = serializers.CharField()
    due_at = serializers.DateTimeField()
    cause = serializers.CharField(allow_blank=True)
    words = serializers.CharField(allow_blank=True)
    explained_at = serializers.DateTimeField(allow_null=True)


class ExplanationSerializer(Output[Any]):
    """Why the clock is due when it is, in the caller's language."""

    promise = serializers.CharField()
    outcome = serializers.CharField(allow_blank=True)
    arithmetic = serializers.ListField(child=serializers.CharField(), help_text="Day by day, of a running clock.")
    history = serializers.ListField(child=serializers.CharField(), help_text="The ledger, oldest first.")


class ClockSerializer(Output[Any]):
    """One promise on a ticket. Lengths are working seconds on its calendar."""

    id = serializers.IntegerField()
    metric = serializers.CharField(help_text="Such as first_response, next_response, resolution.")
    name = serializers.CharField()
    subject = serializers.DictField(help_text="`kind` and `id` of what is measured: the ticket, or a record on it.")
    state = serializers.ChoiceField(choices=ClockState.choices)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="Null while it stands still.")
    warn_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    length_seconds = serializers.IntegerField()
    spent_seconds = serializers.IntegerField(help_text="Used before it last started.")
    remaining_seconds = serializers.IntegerField(allow_null=True, help_text="Of a clock that stands still.")
    policy = PolicyRefSerializer()
    calendar = CalendarRefSerializer()
    breaches = BreachSerializer(many=True)
    explanation = ExplanationSerializer()


class BreachReasonSerializer(serializers.Serializer[Any]):
    """Why a deadline was missed."""

    cause = serializers.ChoiceField(choices=CAUSES)
    words = serializers.CharField(max_length=MOST_WORDS, allow_blank=True, default="", help_text="Needed for `other`.")


class NewStepSerializer(serializers.Serializer[Any]):
    """A rung: `share` (1 to 100 per cent) or `after_seconds`, not both."""

    share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, default=None)
    after_seconds = serializers.IntegerField(min_value=1, max_value=MAX_SECONDS, allow_null=True, default=None)
    actions = serializers.ListField(
        child=serializers.DictField(), max_length=20, help_text="Each with `do` and its arguments."
    )


class NewTargetSerializer(serializers.Serializer[Any]):
    """A target: `seconds` or `working_days`, not both."""

    metric = serializers.CharField(max_length=30)
    calendar = serializers.IntegerField(min_value=1, max_value=MAX_ID, help_text="Id of the calendar.")
    seconds = serializers.IntegerField(min_value=1, max_value=MAX_SECONDS, allow_null=True, default=None)
    working_days = serializers.IntegerField(min_value=0, max_value=250, allow_null=True, default=None)
    priorities = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20, default=list)
    kinds = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20, default=list)
    teams = serializers.ListField(child=_id(), max_length=200, default=list)
    warnings = serializers.ListField(
        child=serializers.DecimalField(max_digits=5, decimal_places=2), max_length=20, default=lambda: list(WARNINGS)
    )
    steps = NewStepSerializer(many=True, max_length=20, default=list)  # type: ignore[call-arg]


class NewPolicySerializer(serializers.Serializer[Any]):
    """A whole policy, as it shall count."""

    name = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80, allow_blank=True, default="")
    conditions = serializers.DictField(child=serializers.ListField(max_length=200), default=dict)
    pauses = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=10, default=lambda: list(PAUSES)
    )
    managers = serializers.ListField(child=_id(), max_length=200, default=list)
    targets = NewTargetSerializer(many=True, max_length=100)  # type: ignore[call-arg]


class PolicyChangeSerializer(NewPolicySerializer):
    """A whole policy, and the version that the change is based on."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class PolicyOrderSerializer(serializers.Serializer[Any]):
    """The policies in the order in which they are looked at; those not named follow as they were."""

    policies = serializers.ListField(child=_id(), min_length=1, max_length=1000)


class PolicySwitchSerializer(serializers.Serializer[Any]):
    """Whether the policy applies."""

    is_active = serializers.BooleanField()


class StepSerializer(Output[Any]):
    """A rung: at a share of the time, or some working seconds after the breach."""

    share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    after_seconds = serializers.IntegerField(allow_null=True)
    actions = serializers.ListField(child=serializers.DictField(), help_text="Each with `do` and its arguments.")


class TargetSerializer(Output[Any]):
    """How long one metric may take: working seconds, or until the closing time of the n-th working day."""

    metric = serializers.CharField()
    priorities = serializers.ListField(child=serializers.CharField())
    kinds = serializers.ListField(child=serializers.CharField())
    teams = serializers.ListField(child=serializers.IntegerField())
    seconds = serializers.IntegerField(allow_null=True)
    working_days = serializers.IntegerField(allow_null=True)
    calendar = CalendarRefSerializer()
    warnings = serializers.ListField(child=serializers.DecimalField(max_digits=5, decimal_places=2))
    steps = StepSerializer(many=True)


class PolicySerializer(Output[Any]):
    """A policy as it counts now. The first active one, in the order of the list, whose conditions a ticket meets applies."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    conditions = serializers.DictField(help_text="Name → values, any of which must hold.")
    pauses = serializers.ListField(child=serializers.CharField())
    managers = serializers.ListField(child=serializers.IntegerField())
    targets = TargetSerializer(many=True)
