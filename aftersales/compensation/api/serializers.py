"""What requests about money may hold, and what answers look like in the API's description."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from aftersales.compensation.models import CompensationState, Means, PayoutState, Purpose, ReceiptMeans

Base = serializers.Serializer


class PayoutSerializer(Base[Any]):
    """One transfer to one side. `worth` is its value in `currency`, `amount` what is given, in `unit`."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    idempotency_key = serializers.UUIDField()
    claim = serializers.CharField()
    purpose = serializers.ChoiceField(Purpose.choices)
    means = serializers.ChoiceField(Means.choices)
    worth = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.CharField()
    unit = serializers.CharField()
    bearer = serializers.CharField()
    state = serializers.ChoiceField(PayoutState.choices)
    reference = serializers.CharField()
    reason = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    reversed_at = serializers.DateTimeField(allow_null=True)


class PaidSerializer(Base[Any]):
    """It has been paid, under this reference."""

    reference = serializers.CharField(max_length=120)


class ReasonSerializer(Base[Any]):
    """Why."""

    reason = serializers.CharField(max_length=300)


class AccountSerializer(Base[Any]):
    """Where the money goes this time; empty: back the way it was paid."""

    account = serializers.CharField(max_length=120, required=False, allow_blank=True)


class ReceiptInputSerializer(Base[Any]):
    """What a customer paid."""

    amount = serializers.CharField(max_length=20)
    means = serializers.ChoiceField(ReceiptMeans.choices, default=ReceiptMeans.ONLINE)
    reference = serializers.CharField(max_length=120)


class ReceiptSerializer(Base[Any]):
    """A recorded payment of a customer."""

    id = serializers.IntegerField()
    claim = serializers.CharField()
    amount = serializers.CharField()
    currency = serializers.CharField()
    means = serializers.ChoiceField(ReceiptMeans.choices)
    reference = serializers.CharField()
    at = serializers.DateTimeField()


class CompensationInputSerializer(Base[Any]):
    """What is to be given, worth so much in the claim's currency. `approver` is needed above the limit of the key's owner;
    the same `key` again gives the same compensation."""

    means = serializers.ChoiceField(Means.choices)
    worth = serializers.CharField(max_length=20, required=False, allow_blank=True)
    words = serializers.CharField(max_length=600, required=False, allow_blank=True, default="")
    rule = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    approver = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    key = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class CompensationSerializer(Base[Any]):
    """A compensation of a claim."""

    id = serializers.IntegerField()
    claim = serializers.CharField()
    means = serializers.ChoiceField(Means.choices)
    worth = serializers.CharField()
    amount = serializers.CharField()
    unit = serializers.CharField()
    words = serializers.CharField()
    state = serializers.ChoiceField(CompensationState.choices)
    approver = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    made_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class GrantSerializer(Base[Any]):
    """Yes, or no with the reason."""

    is_granted = serializers.BooleanField()
    words = serializers.CharField(max_length=600, required=False, allow_blank=True, default="")
