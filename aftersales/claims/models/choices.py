"""Fixed words of claims."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ClaimKind(models.TextChoices):
    """F1: what the customer applies for. Each has a machine of its own (`aftersales.claims.machines`)."""

    RETURN = "return", pgettext_lazy("claim kind", "Return")
    EXCHANGE = "exchange", pgettext_lazy("claim kind", "Exchange")
    REPAIR = "repair", pgettext_lazy("claim kind", "Repair")
    REFUND_ONLY = "refund_only", pgettext_lazy("claim kind", "Refund only")
    MISSING_PARTS = "missing_parts", pgettext_lazy("claim kind", "Missing or wrong part")
    INSTALLATION = "installation", pgettext_lazy("claim kind", "Installation")
    DELIVERY_INSTALLATION = "delivery_installation", pgettext_lazy("claim kind", "Delivery with installation")
    PRICE_PROTECTION = "price_protection", pgettext_lazy("claim kind", "Price protection")
    INVOICE = "invoice", pgettext_lazy("claim kind", "Invoice request")
    ADDRESS_CHANGE = "address_change", pgettext_lazy("claim kind", "Address change or intercept")
    COMPLAINT = "complaint", pgettext_lazy("claim kind", "Complaint")
    CASE = "case", pgettext_lazy("claim kind", "Case of a regulator or platform")


# Claims that are about goods of an order line: no thing can be claimed twice at the same time.
ABOUT_GOODS = frozenset(
    {
        ClaimKind.RETURN,
        ClaimKind.EXCHANGE,
        ClaimKind.REPAIR,
        ClaimKind.REFUND_ONLY,
        ClaimKind.MISSING_PARTS,
    }
)


class Outcome(models.TextChoices):
    """What the customer gets. It may differ from what they asked for, above all after the inspection."""

    REFUND = "refund", pgettext_lazy("outcome", "Refund")
    KEEP_ITEM = "keep_item", pgettext_lazy("outcome", "Refund, the item is kept")
    EXCHANGE = "exchange", pgettext_lazy("outcome", "Exchange")
    STORE_CREDIT = "store_credit", pgettext_lazy("outcome", "Store credit")
    GIFT_CARD = "gift_card", pgettext_lazy("outcome", "Gift card")
    POINTS = "points", pgettext_lazy("outcome", "Points")
    REPAIR = "repair", pgettext_lazy("outcome", "Repair")
    REPLACEMENT_PART = "replacement_part", pgettext_lazy("outcome", "Replacement part")
    SERVICE = "service", pgettext_lazy("outcome", "Service on site")
    DOCUMENT = "document", pgettext_lazy("outcome", "Invoice")
    REDIRECTED = "redirected", pgettext_lazy("outcome", "Redirected delivery")
    APOLOGY = "apology", pgettext_lazy("outcome", "Apology and improvement")


class Reason(models.TextChoices):
    """Why the customer applies, in the words that rules read."""

    CHANGED_MIND = "changed_mind", pgettext_lazy("claim reason", "Do not want it any more")
    DEFECT = "defect", pgettext_lazy("claim reason", "Faulty")
    DAMAGED = "damaged", pgettext_lazy("claim reason", "Damaged on arrival")
    WRONG_ITEM = "wrong_item", pgettext_lazy("claim reason", "Wrong item")
    MISSING = "missing", pgettext_lazy("claim reason", "Something is missing")
    NOT_AS_DESCRIBED = "not_as_described", pgettext_lazy("claim reason", "Not as described")
    LATE = "late", pgettext_lazy("claim reason", "Came too late, or not at all")
    PRICE_DROPPED = "price_dropped", pgettext_lazy("claim reason", "Became cheaper")
    SERVICE = "service", pgettext_lazy("claim reason", "Service or attitude")
    OTHER = "other", pgettext_lazy("claim reason", "Another reason")


class Verdict(models.TextChoices):
    """F2: what the policy says of the application."""

    ALLOWED = "allowed", pgettext_lazy("verdict", "Allowed")
    NEEDS_APPROVAL = "needs_approval", pgettext_lazy("verdict", "Needs approval")
    REFUSED = "refused", pgettext_lazy("verdict", "Refused")


class Condition(models.TextChoices):
    """What an inspection found; the grades of the trade, from as good as new to no good."""

    NEW = "new", _("A: unopened")
    OPENED = "opened", _("B: opened, as good as new")
    USED = "used", _("C: used")
    DAMAGED = "damaged", _("D: damaged")
    WRONG = "wrong", _("E: not the thing that was claimed")


class FilePurpose(models.TextChoices):
    """Why a file hangs on a claim."""

    APPLICATION = "application", pgettext_lazy("claim file", "With the application")
    INSPECTION = "inspection", pgettext_lazy("claim file", "Inspection")
    WORK = "work", pgettext_lazy("claim file", "Work")
    INVOICE = "invoice", pgettext_lazy("claim file", "Invoice")
    EVIDENCE = "evidence", pgettext_lazy("claim file", "Evidence")
