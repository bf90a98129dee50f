"""What requests may hold and answers look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.models import Kind, Tone
from tickets.routing.recognition.models import Source


class CorrectionSerializer(serializers.Serializer[Any]):
    """What a person says: kind, tone, or both."""

    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    tone = serializers.ChoiceField(choices=Tone.choices, required=False)
    edit_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class GuessSerializer(serializers.Serializer[Any]):
    """A kind with the share that the model gives it."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    share = serializers.FloatField(help_text="From 0 to 1.")


class RecognitionSerializer(serializers.Serializer[Any]):
    """What a ticket was recognised as, and what that relies on."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    kind_source = serializers.ChoiceField(choices=Source.choices)
    confidence = serializers.FloatField(allow_null=True)
    guesses = GuessSerializer(many=True)
    tone = serializers.ChoiceField(choices=Tone.choices)
    tone_source = serializers.ChoiceField(choices=Source.choices)
    tone_confidence = serializers.FloatField(allow_null=True)
    is_urgent = serializers.BooleanField()
    is_instant = serializers.BooleanField()
    is_high_value = serializers.BooleanField()
    is_high_risk = serializers.BooleanField()
    rules = serializers.ListField(child=serializers.CharField(), help_text="Names of the rules that fitted.")
    model = serializers.IntegerField(allow_null=True, help_text="Version of the model that read it.")
    needs_triage = serializers.BooleanField()
    found = serializers.ListField(child=serializers.CharField(), help_text="Facts that are known.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="Facts that the kind still needs.")
