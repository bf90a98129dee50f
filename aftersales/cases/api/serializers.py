"""What a case may hold when it comes in by API, and what answers look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from aftersales.cases.models import Authority
from aftersales.claims.services.arguments import MOST_WORDS

Base = serializers.Serializer
_MAX_ID = 2**63 - 1


class NewCaseSerializer(Base[Any]):
    """What the authority's letter says. Deadlines that are left out follow from its term."""

    authority = serializers.ChoiceField(Authority.choices)
    number = serializers.CharField(max_length=80, help_text="The number that the authority knows it by.")
    demand = serializers.CharField(max_length=MOST_WORDS)
    body = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    link = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    about = serializers.CharField(
        max_length=24, required=False, allow_blank=True, default="", help_text="Number of the claim that it is about."
    )
    name = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    email = serializers.CharField(max_length=254, required=False, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True)
    handler = serializers.IntegerField(min_value=1, max_value=_MAX_ID, required=False, allow_null=True)
    received_at = serializers.DateTimeField(required=False, allow_null=True)
    accept_due_at = serializers.DateTimeField(required=False, allow_null=True)
    answer_due_at = serializers.DateTimeField(required=False, allow_null=True)


class CaseSerializer(Base[Any]):
    """A case of a regulator or platform; `claim` is its number here, its moves are the claim's."""

    claim = serializers.CharField()
    ticket = serializers.CharField()
    authority = serializers.ChoiceField(Authority.choices)
    body = serializers.CharField(allow_blank=True)
    number = serializers.CharField()
    demand = serializers.CharField()
    link = serializers.CharField(allow_blank=True)
    state = serializers.CharField()
    about = serializers.CharField(allow_null=True)
    handler = serializers.IntegerField(allow_null=True)
    amount = serializers.CharField(allow_null=True)
    received_at = serializers.CharField()
    accept_due_at = serializers.CharField()
    answer_due_at = serializers.CharField()


class CaseDeadlinesSerializer(Base[Any]):
    """Other deadlines, with the reason that stays on record."""

    accept_due_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField()
    why = serializers.CharField(max_length=300)
    row_version = serializers.IntegerField(min_value=0, required=False)
