"""Resolving who writes: one profile for one person, also when ten first messages arrive at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F

from helpdesk.core.actors import Actor
from helpdesk.core.compiled import Compiled
from helpdesk.core.events import Announcement, announce
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Customer, Identity


def lock_senders(known: Sequence[Known]) -> None:
    """The first lock of the order sender → customer → ticket: an advisory lock per identity until the transaction ends."""
    keys = sorted({f"{item.kind}|{item.scope}|{item.value}" for item in known})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(k, 7150)) FROM unnest(%s) AS k", [keys])


@transaction.atomic(savepoint=False)
def resolve_customer(
    known: Sequence[Known], *, by: Actor, name: str = "", language: str = "", is_locked: bool = False
) -> Customer:
    """The customer with any of these identities, made when there is none; announces customer.created.

    The first identity decides. Further ones are added when nobody has them; one that belongs to somebody else is left
    there (a likely link is proposed to a person, never made by itself). One that is added to a profile that was there
    before, and that nobody proved, does not open its portal: else whoever names a stranger's address beside a number of
    their own would read the stranger's requests. Locks the senders unless `is_locked`: arrivals of one new address wait
    for each other and find the same profile.
    """
    if not known:
        raise ValueError("an identity is needed to resolve a customer")
    if not is_locked:
        lock_senders(known)
    found = {
        (identity.kind, identity.scope, identity.value): identity
        for item in known
        for identity in _identities(item.kind, item.value)
    }
    owner = next((found[key].customer for item in known if (key := (item.kind, item.scope, item.value)) in found), None)
    customer = _surviving(owner) if owner else _create(name, language, by)
    missing = [item for item in known if (item.kind, item.scope, item.value) not in found]
    if missing:
        Identity.objects.bulk_create(
            Identity(
                customer=customer,
                kind=item.kind,
                scope=item.scope,
                value=item.value,
                is_verified=item.is_verified,
                is_primary=owner is None and nth == 0,
                may_sign_in=owner is None or item.is_verified,
            )
            for nth, item in enumerate(missing)
        )
    _complete(customer, name, language)
    return customer


_identities = Compiled(
    lambda kind, value: Identity.objects.select_related("customer").filter(kind=kind, value=value), str, str
)


def _create(name: str, language: str, by: Actor) -> Customer:
    customer = Customer.objects.create(name=name[:160], language=language)
    announce(Announcement("customer.created", "customer", customer.pk, customer_id=customer.pk), by=by)
    return customer


def _surviving(customer: Customer) -> Customer:
    """The profile that a merged one became part of."""
    seen = 0
    while customer.merged_into_id is not None and seen < 20:
        assert customer.merged_into is not None
        customer, seen = customer.merged_into, seen + 1
    return customer


def _complete(customer: Customer, name: str, language: str) -> None:
    """Fill what is not known yet; what a person entered is never overwritten."""
    values = {}
    if name and not customer.name:
        values["name"] = customer.name = name[:160]
    if language and not customer.language:
        values["language"] = customer.language = language
    if values:
        Customer.objects.filter(pk=customer.pk).update(**values, row_version=F("row_version") + 1)
