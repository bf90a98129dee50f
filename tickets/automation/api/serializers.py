"""What requests about sub-tickets and consultations may hold, and what answers look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.models import ConsultationState, Priority

Input = serializers.Serializer


class SubTicketInputSerializer(Input[Any]):
    """A task for another team."""

    team = serializers.CharField(max_length=40, help_text="The team's slug.")
    subject = serializers.CharField(max_length=250)
    text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    priority = serializers.ChoiceField(Priority.choices, required=False, help_text="Without: like the ticket.")
    owner = serializers.CharField(max_length=60, required=False, allow_null=True, help_text="A user name.")


class ConsultationInputSerializer(Input[Any]):
    """A question, and who is asked: user names, and slugs of teams."""

    question = serializers.CharField(max_length=5_000)
    staff = serializers.ListField(child=serializers.CharField(max_length=60), max_length=30, required=False)
    teams = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, required=False)


class ConsultationNoteSerializer(Input[Any]):
    """A note in the consultation."""

    text = serializers.CharField(max_length=20_000)


class ConclusionSerializer(Input[Any]):
    """What came of it."""

    conclusion = serializers.CharField(max_length=5_000)


class ColleagueSerializer(serializers.Serializer):
    """Somebody of the staff."""

    username = serializers.CharField()
    name = serializers.CharField()


class InvitationSerializer(ColleagueSerializer):
    """Somebody who is asked."""

    team = serializers.CharField(allow_null=True, help_text="The team as whose member they are asked.")
    invited_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ConsultationSerializer(serializers.Serializer):
    """Experts asked about one ticket."""

    id = serializers.IntegerField()
    question = serializers.CharField()
    state = serializers.ChoiceField(ConsultationState.choices)
    opened_by = ColleagueSerializer(allow_null=True)
    opened_at = serializers.DateTimeField()
    conclusion = serializers.CharField(allow_blank=True)
    ended_by = ColleagueSerializer(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    invited = InvitationSerializer(many=True)
