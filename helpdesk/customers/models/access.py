"""How customers enter the portal: a link by mail or a code by SMS, then a session of their own (not a staff session)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.customers.models.people import Customer, Identity


class SignInTokenKind(models.TextChoices):
    LINK = "link", _("link in a mail")
    CODE = "code", _("code by SMS")


class SignInToken(models.Model):
    """Somebody asked to sign in: a link or code on its way; only its hash is kept. It acts once, after a POST (mail
    scanners open links).

    The asking writes the same row whether the address is known or not: `sealed` holds it until a job has looked it up,
    `identity` and `hash` stay empty when nobody has it.
    """

    kind = models.CharField(max_length=4, choices=SignInTokenKind)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, null=True, related_name="sign_in_tokens")
    hash = models.CharField(max_length=64, blank=True, default="")
    sealed = models.TextField(blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    next_path = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["hash"], name="sign_in_token_hash"),
            models.Index(fields=["identity", "-id"], name="sign_in_token_of_identity"),
        ]


class PortalSession(models.Model):
    """A customer's signed-in browser; the cookie holds a random token, the row its hash."""

    hash = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="portal_sessions")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
