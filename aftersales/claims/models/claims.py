"""A claim: what a customer applies for about things they bought, followed to its end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from aftersales.claims.models.causes import Cause
from aftersales.claims.models.choices import ClaimKind, Condition, Outcome, Reason, Verdict
from aftersales.claims.querysets import ClaimQuerySet
from helpdesk.accounts.models import Staff, Team
from helpdesk.customers.models import Customer, Order, OrderLine, Product
from tickets.models import Ticket

if TYPE_CHECKING:
    from aftersales.claims.machines import Machine, State

NUMBER_PREFIX = "AS-"
_ENDS = ["closed", "refused", "cancelled", "expired"]
OPEN = ~Q(state__in=_ENDS)


class Claim(models.Model):
    """Written only by the verbs in `aftersales.claims.services`. Its number is `AS-` and its id; it hangs on one ticket.

    `kind` is what was asked for, `outcome` what is given. Amounts are in `currency`: asked by the customer, approved by
    whoever decided, paid out so far, and owed by the customer (a price difference, an accepted quote). `verdict` is the
    policy's, under `rule_version`, whatever people decided then. `row_version` rises with every change.

    `team` and `owner` are those of its ticket, copied by the database in the statement that changes either (migration
    0008), so that who may see it is answered from its own row. Columns under "written by higher rooms" are theirs to keep,
    in the same transaction as their own rows, so that a guard never has to look up.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="claims")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    owner = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", null=True, db_index=False, editable=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="claims")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    kind = models.CharField(max_length=21, choices=ClaimKind)
    state = models.CharField(max_length=20, default="submitted")
    reason = models.CharField(max_length=16, choices=Reason, default=Reason.OTHER)
    words = models.TextField(blank=True, default="")
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default="")
    details: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)

    currency = models.CharField(max_length=3, default="CNY")
    asked_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    approved_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    paid_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    owed_amount = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))

    verdict = models.CharField(max_length=14, choices=Verdict, blank=True, default="")
    rule_version_id = models.BigIntegerField(null=True, blank=True)
    rule_key = models.CharField(max_length=60, blank=True, default="")
    verdict_words: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict, blank=True)

    handler = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="led_claims")
    # high-value customers first (F5); the lower the earlier
    rank = models.PositiveSmallIntegerField(default=50)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    plan = models.TextField(blank=True, default="")
    lesson = models.TextField(blank=True, default="")
    refusal = models.CharField(max_length=40, blank=True, default="")
    exception = models.CharField(max_length=300, blank=True, default="")
    appeals = models.PositiveSmallIntegerField(default=0)
    # the number that a regulator, a platform or the company's own system knows it by
    external_number = models.CharField(max_length=80, blank=True, default="")
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=120, blank=True, default="")

    # written by higher rooms: approvals, parcels, visits, compensation
    approval_sides = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    approvals_missing = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    settles_on_scan = models.BooleanField(default=False)
    keeps_goods = models.BooleanField(default=False)
    is_on_site_free = models.BooleanField(default=False)
    has_visit_result = models.BooleanField(default=False)
    first_scan_at = models.DateTimeField(null=True, blank=True)
    goods_due_at = models.DateTimeField(null=True, blank=True)
    confirm_due_at = models.DateTimeField(null=True, blank=True)
    customer_agreed_at = models.DateTimeField(null=True, blank=True)

    opened_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ClaimKind.values), name="claim_kind_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="claim_reason_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="claim_outcome_known"),
            models.CheckConstraint(condition=Q(verdict__in=["", *Verdict.values]), name="claim_verdict_known"),
            models.CheckConstraint(
                condition=Q(state__in=_ENDS, closed_at__isnull=False) | (OPEN & Q(closed_at__isnull=True)),
                name="claim_closed_at_the_end",
            ),
            models.CheckConstraint(
                condition=Q(asked_amount__isnull=True) | Q(asked_amount__gte=0), name="claim_asked_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(approved_amount__isnull=True) | Q(approved_amount__gte=0),
                name="claim_approved_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(paid_amount=0) | Q(paid_amount__gt=0, paid_amount__lte=F("approved_amount")),
                name="claim_paid_within_approved",
            ),
            models.CheckConstraint(condition=Q(owed_amount__gte=0), name="claim_owed_not_negative"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="claim_external_id_once"
            ),
        ]
        indexes = [
            # the board: open claims by state, the most urgent customers first, then by age
            models.Index(fields=["state", "rank", "id"], condition=OPEN, name="claim_board"),
            # the list: whatever is open, high-value customers first, then the oldest
            models.Index(fields=["rank", "id"], condition=OPEN, name="claim_open_by_rank"),
            # the same for those who see what their teams and they themselves have
            models.Index(fields=["team", "rank", "id"], condition=OPEN, name="claim_of_team"),
            models.Index(fields=["team", "state", "rank", "id"], condition=OPEN, name="claim_board_of_team"),
            models.Index(
                fields=["team", "-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="claim_closed_of_team"
            ),
            models.Index(fields=["owner", "-id"], condition=Q(owner__isnull=False), name="claim_of_owner"),
            models.Index(fields=["kind", "state", "id"], condition=OPEN, name="claim_board_of_kind"),
            models.Index(fields=["ticket", "id"], name="claim_of_ticket"),
            models.Index(fields=["customer", "-id"], name="claim_of_customer"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="claim_of_order"),
            models.Index(fields=["handler", "-id"], condition=OPEN & Q(handler__isnull=False), name="claim_of_handler"),
            # what a batch alarm and the goals look at: the claims of the last day, of a month
            models.Index(fields=["-opened_at", "-id"], name="claim_opened"),
            models.Index(fields=["-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="claim_closed"),
            # what customers have to pay, the longest waiting first
            models.Index(fields=["moved_at", "id"], condition=OPEN & Q(owed_amount__gt=0), name="claim_owing"),
            # by the number that others know it by
            models.Index(fields=["external_number"], condition=~Q(external_number=""), name="claim_external_number"),
            # due rows of the one-second sweep
            models.Index(
                fields=["goods_due_at"],
                condition=Q(state="awaiting_goods", goods_due_at__isnull=False),
                name="claim_goods_due",
            ),
            models.Index(
                fields=["confirm_due_at"],
                condition=OPEN & Q(confirm_due_at__isnull=False),
                name="claim_confirm_due",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{NUMBER_PREFIX}{self.pk}"

    @property
    def machine(self) -> Machine:
        from aftersales.claims.machines import MACHINES

        return MACHINES[self.kind]

    @property
    def place(self) -> State:
        """Where it waits, with its words."""
        return self.machine.by_key[self.state]

    @property
    def needs_joint_approval(self) -> bool:
        """Whether the policy names sides that have to approve, whatever the desk's limit is (F5)."""
        return bool(self.approval_sides)

    @property
    def is_open(self) -> bool:
        return self.state not in _ENDS

    @property
    def loaded_lines(self) -> list[ClaimLine]:
        """Its lines, read once."""
        if "loaded_lines" not in self.__dict__:
            self.__dict__["loaded_lines"] = list(self.lines.select_related("product", "order_line").order_by("pk"))
        found: list[ClaimLine] = self.__dict__["loaded_lines"]
        return found


class ClaimLine(models.Model):
    """One thing that is claimed, from an order line or a registered product: how many were asked for, came back, and were
    damaged; what condition they were in; what goes out instead, and the difference in price (paid by the customer when
    positive)."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="claim_lines"
    )
    serial = models.CharField(max_length=80, blank=True, default="")
    lot = models.CharField(max_length=40, blank=True, default="")
    quantity = models.PositiveIntegerField(default=1)
    received_quantity = models.PositiveIntegerField(default=0)
    damaged_quantity = models.PositiveIntegerField(default=0)
    condition = models.CharField(max_length=8, choices=Condition, blank=True, default="")
    remark = models.CharField(max_length=300, blank=True, default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    replacement = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    replacement_quantity = models.PositiveIntegerField(default=0)
    difference = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    # whether it counts against what was bought (`OrderLine.claimed_quantity`)
    is_counted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="claim_line_of_something"),
            models.CheckConstraint(
                condition=Q(received_quantity__lte=F("quantity")), name="claim_line_received_within_asked"
            ),
            models.CheckConstraint(
                condition=Q(damaged_quantity__lte=F("received_quantity")), name="claim_line_damaged_within_received"
            ),
            models.CheckConstraint(
                condition=Q(condition__in=["", *Condition.values]), name="claim_line_condition_known"
            ),
            models.UniqueConstraint(
                fields=["claim", "order_line"], condition=Q(order_line__isnull=False), name="claim_line_once"
            ),
        ]
        indexes = [
            models.Index(fields=["order_line"], condition=Q(order_line__isnull=False), name="claim_line_of_order_line"),
            # what a batch alarm counts: claims on a product and lot
            models.Index(fields=["product", "lot", "claim"], name="claim_line_of_product"),
            models.Index(fields=["serial"], condition=~Q(serial=""), name="claim_line_of_serial"),
        ]


class ClaimMove(models.Model):
    """One move of a claim, with who and when and what they said; append-only, held by a trigger. No claim is in a state
    that its last move does not lead to."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="moves")
    name = models.CharField(max_length=24)
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    by_kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=160, blank=True, default="")
    # what the customer may read, and what they may not
    words = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["claim", "id"], name="claim_moves")]


class Transition(models.Model):
    """Every step that a kind of claim may take, written from the machines after each migration: the database refuses a
    claim any other change of its state."""

    kind = models.CharField(max_length=21)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "from_state", "to_state"], name="claim_transition_once")]
