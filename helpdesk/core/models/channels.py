"""Channel accounts and deliveries: what every room needs to know of the outside, without knowing any channel."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models.leased import Leased, leased_indexes
from helpdesk.core.secrets import open_sealed, seal


class ChannelKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    FORM = "form", _("Web form")
    PORTAL = "portal", _("Portal")
    API = "api", _("API")
    CHAT = "chat", _("Live chat")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("Phone")
    WECHAT = "wechat", _("WeChat")
    WECOM = "wecom", _("WeCom")
    WEIBO = "weibo", _("Weibo")
    DOUYIN = "douyin", _("Douyin")
    XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
    SHOP = "shop", _("Shop platform")
    STORE = "store", _("Store counter")
    VISIT = "visit", _("Service visit")
    WEBHOOK = "webhook", _("Webhook")
    AUTHORITY = "authority", _("Regulator or platform case")


class ChannelGrade(models.TextChoices):
    """A3: core carries about 60 % of the volume, auxiliary 30 %, the long tail 10 %."""

    CORE = "core", _("core")
    AUXILIARY = "auxiliary", _("auxiliary")
    LONG_TAIL = "long_tail", _("long tail")


class ChannelAccount(models.Model):
    """One mailbox, form, shop or bot account through which customers reach the company.

    `slug` is its stable name in addresses and commands; `config` holds plain settings of its kind, `sealed` the secrets
    (encrypted with the secret key). The team that receives its tickets is a row of `tickets.routing`.
    """

    slug = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=ChannelKind)
    grade = models.CharField(max_length=10, choices=ChannelGrade, default=ChannelGrade.LONG_TAIL)
    is_instant = models.BooleanField(default=False)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")
    address = models.CharField(max_length=254, blank=True, default="")
    brand = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    config = models.JSONField(default=dict, blank=True)
    sealed = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    last_event_at = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "address"],
                condition=~Q(address=""),
                name="channel_address_once",
                violation_error_message=_("Another account already uses this address."),
            ),
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
            models.CheckConstraint(condition=Q(grade__in=ChannelGrade.values), name="channel_grade_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def label(self) -> str:
        """The account's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name

    @property
    def secrets(self) -> dict[str, Any]:
        return open_sealed(self.sealed) if self.sealed else {}

    def set_secrets(self, values: dict[str, Any]) -> None:
        self.sealed = seal(values) if values else ""


class DeliveryStatus(models.TextChoices):
    """What the customer's side knows; a state only moves forward, except to failed and from there by a retry."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    FAILED = "failed", _("not sent")


STATUS_RANK = {"queued": 0, "failed": 1, "sent": 2, "delivered": 3, "read": 4}


class Delivery(Leased):
    """One thing to be brought to one address over one account.

    `purpose` names the renderer that the owning room registered (`tickets.reply`, `accounts.notice`, …), which builds
    the payload from `subject_id` when the outbox takes the row. `dedupe_key` makes announcing it twice harmless;
    `external_id` is the id that goes along (for mail the Message-ID) and stays the same over all tries.
    """

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="deliveries")
    purpose = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    address = models.CharField(max_length=320)
    payload = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, unique=True)
    external_id = models.CharField(max_length=250, blank=True, default="")
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.QUEUED)
    is_maybe_doubled = models.BooleanField(default=False)
    send_started_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    order_scope = ("account_id", "order_key")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known")
        ]
        indexes = [
            *leased_indexes("delivery", "account"),
            # a receipt or a bounce names the id that went along
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="delivery_external_id"),
            models.Index(fields=["purpose", "subject_id"], name="delivery_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.subject_id} over {self.account_id}"

    def wake_queue(self) -> str:
        return "outbound"
