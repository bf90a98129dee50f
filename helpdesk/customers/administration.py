"""The words of this room's events for the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from helpdesk.core.describing import Subject, event_words, subject_names, title_events, title_work
from helpdesk.customers.models import Customer, Identity


def customer_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Customer.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.display_name, f"/customers/{row.pk}/") for row in rows}


def identity_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Identity.objects.filter(pk__in=set(ids)).select_related("customer")
    return {row.pk: Subject(row.customer.display_name, f"/customers/{row.customer_id}/") for row in rows}


subject_names.add("customer", customer_names)
subject_names.add("identity", identity_names)
title_events(
    {
        "customer.created": _("a customer wrote for the first time"),
        "customer.changed": _("changed a customer's details"),
        "customer.signed_in": _("signed in to the portal"),
        "identity.unmasked": _("looked at a full address or number"),
        "product.saved": _("saved a product"),
        "order.saved": _("saved an order"),
        "thing.saved": _("saved a serial number"),
        "import.started": _("began to import a table"),
        "import.finished": _("imported a table"),
    }
)
event_words.add("by:link", _("link in a mail"))
event_words.add("by:code", _("code by SMS"))
title_work(
    {
        "customers.sign_in_link": _("Link to sign in"),
        "customers.sign_in_code": _("Code to sign in"),
        "customers.send_sign_in": _("Send a link or code to sign in"),
        "customers.import": _("Read an imported table"),
    }
)
