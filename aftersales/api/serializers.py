"""What requests about claims may hold, and what answers look like in the API's description."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from aftersales.claims.models import ClaimKind, Condition, Outcome, Reason, Verdict

Base = serializers.Serializer


class ClaimLineInputSerializer(Base[Any]):
    """An order line (`order_line`), or a product by its article and serial number; how many of it."""

    order_line = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    sku = serializers.CharField(max_length=60, required=False)
    serial = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    replacement_sku = serializers.CharField(max_length=60, required=False)


class ApplicationSerializer(Base[Any]):
    """What is applied for."""

    kind = serializers.ChoiceField(ClaimKind.choices)
    reason = serializers.ChoiceField(Reason.choices, default=Reason.OTHER)
    words = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    order = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    lines = ClaimLineInputSerializer(many=True, required=False, default=list)
    outcome = serializers.ChoiceField([("", "—"), *Outcome.choices], required=False, default="")
    asked_amount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    is_opened = serializers.BooleanField(required=False)
    is_complete = serializers.BooleanField(required=False)
    is_used = serializers.BooleanField(required=False)
    details = serializers.DictField(
        required=False, default=dict, help_text="What the kind needs beside: an invoice, an address."
    )
    files = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=list, max_length=10, help_text="Ids of uploads."
    )


class NewClaimSerializer(ApplicationSerializer):
    """An application on a ticket; the same `source` and `external_id` give the same claim."""

    source = serializers.CharField(  # type: ignore[assignment]
        max_length=40, required=False, allow_blank=True, default=""
    )
    external_id = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class TriedApplicationSerializer(ApplicationSerializer):
    """An application that is only judged."""

    customer = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class VerdictSerializer(Base[Any]):
    """What the policy says, in both languages, and the rule that decided."""

    verdict = serializers.ChoiceField(Verdict.choices)
    words = serializers.DictField(child=serializers.CharField())
    rule = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class ClaimLineSerializer(Base[Any]):
    """One line as it stands."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    order_line = serializers.IntegerField(allow_null=True)
    serial = serializers.CharField()
    lot = serializers.CharField()
    quantity = serializers.IntegerField()
    received_quantity = serializers.IntegerField()
    damaged_quantity = serializers.IntegerField()
    condition = serializers.ChoiceField([("", "—"), *Condition.choices])
    replacement_sku = serializers.CharField(allow_null=True)
    difference = serializers.CharField()


class ClaimSerializer(Base[Any]):
    """A claim in a list."""

    number = serializers.CharField()
    ticket = serializers.CharField()
    customer = serializers.IntegerField()
    order = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(ClaimKind.choices)
    state = serializers.CharField()
    reason = serializers.ChoiceField(Reason.choices)
    outcome = serializers.CharField()
    verdict = serializers.CharField()
    rule = serializers.CharField()
    currency = serializers.CharField()
    asked_amount = serializers.CharField(allow_null=True)
    approved_amount = serializers.CharField(allow_null=True)
    paid_amount = serializers.CharField()
    owed_amount = serializers.CharField()
    handler = serializers.CharField(allow_null=True)
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    moved_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    row_version = serializers.IntegerField()


class PossibleMoveSerializer(Base[Any]):
    """A move that the key's owner may make, the arguments that it takes, and what stands against it now."""

    name = serializers.CharField()
    asks = serializers.ListField(child=serializers.CharField())
    obstacle = serializers.CharField()


class OneClaimSerializer(ClaimSerializer):
    """A claim whole."""

    words = serializers.CharField()
    verdict_words = serializers.DictField(child=serializers.CharField())
    details = serializers.DictField()
    lines = ClaimLineSerializer(many=True)
    possible_moves = PossibleMoveSerializer(many=True)


class ClaimMoveInputSerializer(Base[Any]):
    """A move by its name; with `row_version` it is refused (409 `claim_changed`) when the claim moved meanwhile."""

    move = serializers.CharField(max_length=24)
    row_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    arguments = serializers.DictField(required=False, default=dict)


class ClaimMoveSerializer(Base[Any]):
    """One move that was made."""

    move = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    words = serializers.CharField()
    note = serializers.CharField()


class ApprovalSerializer(Base[Any]):
    """A question to the key's owner."""

    id = serializers.IntegerField()
    claim = serializers.CharField()
    side = serializers.CharField()
    state = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    words = serializers.CharField()


class DecisionSerializer(Base[Any]):
    """Yes, or no with the reason."""

    is_approved = serializers.BooleanField()
    words = serializers.CharField(max_length=600, required=False, allow_blank=True, default="")


class IncidentSerializer(Base[Any]):
    """An incident with the statistics that raised it."""

    number = serializers.CharField()
    id = serializers.IntegerField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    state = serializers.CharField()
    count = serializers.IntegerField()
    expected = serializers.FloatField()
    p = serializers.FloatField()
    limit = serializers.FloatField()
    tied_claims = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
