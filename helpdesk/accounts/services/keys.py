"""Making, checking and revoking API keys."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.demo import is_refused
from helpdesk.accounts.models import ApiKey, Membership, Staff
from helpdesk.accounts.permissions import Scope
from helpdesk.core.actors import Actor
from helpdesk.core.compiled import Compiled
from helpdesk.core.errors import Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.core.secrets import token_hash


@transaction.atomic
def create_api_key(
    staff: Staff, scopes: Sequence[str], *, by: Actor, name: str = "", expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown this once; announces api_key.created."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise Invalid(fields={"scopes": _("Choose from: %(scopes)s.") % {"scopes": ", ".join(Scope.values)}})
    prefix = secrets.token_hex(6)
    text = f"hd_{prefix}_{secrets.token_urlsafe(30)}"
    key = ApiKey.objects.create(
        staff=staff, name=name, prefix=prefix, hash=token_hash(text), scopes=sorted(set(scopes)), expires_at=expires_at
    )
    announce(Announcement("api_key.created", "api_key", key.pk, data={"staff": staff.pk, "scopes": key.scopes}), by=by)
    return key, text


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: Actor) -> None:
    """The key is refused from now on; announces api_key.revoked. No-op if already revoked."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        announce(Announcement("api_key.revoked", "api_key", key.pk, data={"staff": key.staff_id}), by=by)


def find_api_key(text: str) -> ApiKey | None:
    """The usable key with this text and its active owner; None for anything else, in constant time."""
    parts = text.split("_", 2)
    prefix = parts[1] if len(parts) == 3 and parts[0] == "hd" and parts[1].isalnum() else ""
    key = _by_prefix.first(prefix[:12]) if prefix else None
    stored = key.hash if key else "0" * 64
    if not constant_time_compare(stored, token_hash(text)) or key is None:
        return None
    if not key.is_usable or not key.staff.is_active or is_refused(key.staff):
        return None
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=5):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    # fills the cached property: nearly every call asks for the owner's teams
    key.staff.__dict__["team_ids"] = list(key.team_list)  # type: ignore[attr-defined]
    return key


def _keys(prefix: str) -> QuerySet[ApiKey]:
    teams = Membership.objects.filter(staff_id=OuterRef("staff_id")).order_by("team_id").values("team_id")
    return ApiKey.objects.filter(prefix=prefix).select_related("staff").annotate(team_list=ArraySubquery(teams))


_by_prefix = Compiled(_keys, str)
