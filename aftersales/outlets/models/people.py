"""People of an outlet, what was agreed with it, and what its work costs the company."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import ClaimKind
from aftersales.visits.models import Outlet
from helpdesk.accounts.models import Staff


class OutletMember(models.Model):
    """A person who works for an outlet without going to customers: answers its offers, sees its work and keeps its parts.
    Its engineers may do the same. Nobody works for two."""

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="members")
    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="outlet_member")


class Terms(models.Model):
    """What was agreed with an outlet: the account that finance pays to, in which currency, and how much work it takes at
    once (0: as much as there is)."""

    outlet = models.OneToOneField(Outlet, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    payee = models.CharField(max_length=120, blank=True, default="")
    currency = models.CharField(max_length=3, default="CNY")
    most_open = models.PositiveSmallIntegerField(default=0)


class Rate(models.Model):
    """What the company pays for a work order of a kind: to every outlet (`outlet` empty), or to one as agreed with it."""

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, null=True, blank=True, related_name="rates")
    kind = models.CharField(max_length=21, choices=ClaimKind)
    labour = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    travel = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "kind"],
                nulls_distinct=False,
                name="outlet_rate_once",
                violation_error_message=_("There is a rate for this already."),
            ),
            models.CheckConstraint(condition=Q(labour__gte=0, travel__gte=0), name="outlet_rate_not_negative"),
        ]
