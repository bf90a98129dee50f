"""Keys for the API: shown once, stored as a hash, bounded by scopes and by their owner's role and teams."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from helpdesk.accounts.models.staff import Staff
from helpdesk.accounts.permissions import Scope


class ApiKey(models.Model):
    """`hd_<prefix>_<secret>`: the prefix finds the row, the SHA-256 of the whole proves the holder."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, blank=True, default="")
    prefix = models.CharField(max_length=12, unique=True)
    hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"hd_{self.prefix}"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
