"""What requests about customers may hold, and what answers look like in the API's description."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from helpdesk.customers.models import CustomerLevel, IdentityKind

Base = serializers.Serializer


class CustomerInputSerializer(Base[Any]):
    """Who it is: found by the address or number, made when there is nobody."""

    name = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")
    email = serializers.CharField(max_length=320, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    language = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")


class CustomerEditSerializer(Base[Any]):
    """The fields to be set; those left out stay."""

    edit_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    name = serializers.CharField(max_length=160, required=False, allow_blank=True)
    level = serializers.ChoiceField(CustomerLevel.choices, required=False)
    language = serializers.CharField(max_length=10, required=False, allow_blank=True)
    region = serializers.CharField(max_length=80, required=False, allow_blank=True)
    notes = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class IdentitySerializer(Base[Any]):
    """One way in which the customer is known; masked for keys whose owner may not see it whole."""

    kind = serializers.ChoiceField(IdentityKind.choices)
    value = serializers.CharField()
    is_verified = serializers.BooleanField()
    is_primary = serializers.BooleanField()


class CustomerSerializer(Base[Any]):
    """A customer; `identities` only where one is read."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    level = serializers.ChoiceField(CustomerLevel.choices)
    language = serializers.CharField()
    region = serializers.CharField()
    notes = serializers.CharField()
    organisation = serializers.CharField(allow_null=True)
    is_blocked = serializers.BooleanField()
    edit_version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    identities = IdentitySerializer(many=True)
