"""Setting up channel accounts: each change one event; secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels_app.email.directory import forget_addresses
from channels_app.models import Mailbox
from channels_app.webhook.hook import FORMER_SECRET, SECRET
from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import CHANNELS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind, Job
from helpdesk.core.saving import require_unchanged, save_checked
from helpdesk.core.secrets import new_token
from tickets.routing.models import AccountTeam

FIELDS = ("name", "name_zh", "address", "brand", "language", "grade", "is_instant")
RECONCILE_JOB = "mailbox.reconcile"


def editable_values(account: ChannelAccount) -> dict[str, Any]:
    """What the form shows of an account, for the check that nobody overwrites a colleague's change."""
    team = AccountTeam.objects.filter(account=account).values_list("team_id", flat=True).first()
    return {name: getattr(account, name) for name in FIELDS} | {"config": account.config, "team": team}


def _locked(account_id: int) -> ChannelAccount:
    account = ChannelAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound
    return account


def _tell(name: str, account: ChannelAccount, by: Actor, **data: Any) -> None:
    announce(Announcement(name, "channel_account", account.pk, data=data), by=by)
    transaction.on_commit(forget_addresses)


@transaction.atomic
def create_account(
    kind: str,
    *,
    by: Actor,
    slug: str,
    team: Team | None,
    config: Mapping[str, Any],
    secrets: Mapping[str, Any],
    **fields: Any,
) -> ChannelAccount:
    """A new account of a kind; announces channel_account.created. A webhook gets its secret at once, unless its sender has
    one."""
    require(by, CHANNELS_MANAGE)
    if kind not in ChannelKind.values:
        raise NotFound
    account = ChannelAccount(kind=kind, slug=slug, config=dict(config), **_known(fields))
    given = {name: value for name, value in secrets.items() if value}
    if kind == ChannelKind.WEBHOOK:
        given.setdefault(SECRET, new_token())
    account.set_secrets(given)
    save_checked(account)
    _set_team(account, team)
    _tell("channel_account.created", account, by, kind=kind, grade=account.grade)
    return account


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name in FIELDS}
    if "grade" in kept and kept["grade"] not in ChannelGrade.values:
        raise Invalid(fields={"grade": _("Choose one of the listed grades.")})
    if "address" in kept:
        kept["address"] = str(kept["address"]).strip().lower()
    return kept


@transaction.atomic
def change_account(
    account_id: int,
    *,
    by: Actor,
    team: Team | None,
    config: Mapping[str, Any],
    secrets: Mapping[str, Any],
    seen: str | None = None,
    **fields: Any,
) -> ChannelAccount:
    """Change an account; empty secrets stay as they are. Announces channel_account.changed (names of fields only) and
    channel_account.secrets_changed (names only)."""
    require(by, CHANNELS_MANAGE)
    account = _locked(account_id)
    require_unchanged(seen, editable_values(account))
    wanted = _known(fields)
    changed = [name for name, value in wanted.items() if getattr(account, name) != value]
    for name in changed:
        setattr(account, name, wanted[name])
    # what no form shows stays, what the form leaves empty goes
    merged = {**account.config, **config}
    merged = {name: value for name, value in merged.items() if value not in (None, "", {}, [])}
    staying = secrets_that_stay(account, merged)
    if staying != account.secrets:
        account.set_secrets(staying)
        account.save(update_fields=["sealed"])
    if merged != account.config:
        account.config = merged
        changed.append("config")
    if changed:
        save_checked(account, update_fields=changed)
    moved = _set_team(account, team)
    if changed or moved:
        _tell("channel_account.changed", account, by, fields=[*changed, *(["team"] if moved else [])])
    _merge_secrets(account, secrets, by)
    return account


# Kinds to whose accounts other systems post, under a secret of the account.
HOOKED = (ChannelKind.WEBHOOK, ChannelKind.SMS)
# Which secrets belong to which part of the settings, and what of that part says where they are sent.
_SECRETS_OF = {"imap": ("imap_password",), "smtp": ("smtp_password",), "oauth2": ("oauth2", "oauth2_access")}
_ADDRESS_OF_SERVER = ("host", "port", "user", "security", "provider", "token_url", "tenant")


def secrets_that_stay(account: ChannelAccount, config: Mapping[str, Any]) -> dict[str, Any]:
    """The kept secrets that may be used with this configuration.

    A kept password belongs to the server it was entered for: with another host, user or token address it must be
    entered again, else whoever edits the address could have it sent to a server of theirs.
    """
    kept = account.secrets
    for part, names in _SECRETS_OF.items():
        before, after = account.config.get(part) or {}, config.get(part) or {}
        if any(before.get(name) != after.get(name) for name in _ADDRESS_OF_SERVER) and before:
            kept = {name: value for name, value in kept.items() if name not in names}
    return kept


def _set_team(account: ChannelAccount, team: Team | None) -> bool:
    """Which queue receives the account's tickets; None: the default team. Whether anything changed."""
    before = AccountTeam.objects.filter(account=account).values_list("team_id", flat=True).first()
    after = team.pk if team is not None else None
    if before == after:
        return False
    if team is None:
        AccountTeam.objects.filter(account=account).delete()
    else:
        AccountTeam.objects.update_or_create(account=account, defaults={"team": team})
    return True


def _merge_secrets(account: ChannelAccount, secrets: Mapping[str, Any], by: Actor) -> None:
    given = {name: value for name, value in secrets.items() if value}
    if not given:
        return
    kept = account.secrets
    merged = {**kept, **given}
    if isinstance(given.get("oauth2"), dict):
        merged["oauth2"] = {**(kept.get("oauth2") or {}), **given["oauth2"]}
        merged.pop("oauth2_access", None)  # bought with the former credentials
    if given.get(SECRET) and given[SECRET] != kept.get(SECRET):
        merged[FORMER_SECRET] = kept.get(SECRET, "")
    if merged == kept:
        return
    account.set_secrets(merged)
    account.save(update_fields=["sealed"])
    _tell("channel_account.secrets_changed", account, by, secrets=sorted(given))


@transaction.atomic
def switch_account(account_id: int, *, is_active: bool, by: Actor) -> ChannelAccount:
    """Switch an account on or off; what was received already is still worked. Announces channel_account.switched."""
    require(by, CHANNELS_MANAGE)
    account = _locked(account_id)
    if account.is_active != is_active:
        ChannelAccount.objects.filter(pk=account.pk).update(is_active=is_active)
        account.is_active = is_active
        _tell("channel_account.switched", account, by, is_active=[not is_active, is_active])
    return account


@transaction.atomic
def rotate_webhook_secret(account_id: int, *, by: Actor) -> str:
    """A new secret, shown this once; the former one is taken too until the next change, so that the sender has time."""
    require(by, CHANNELS_MANAGE)
    account = _locked(account_id)
    if account.kind not in HOOKED:
        raise NotFound
    kept = account.secrets
    text = new_token()
    account.set_secrets({**kept, SECRET: text, FORMER_SECRET: kept.get(SECRET, "")})
    account.save(update_fields=["sealed"])
    _tell("channel_account.secrets_changed", account, by, secrets=[SECRET])
    return text


@transaction.atomic
def ask_to_reconcile(mailbox_id: int, *, by: Actor) -> Job | None:
    """Queue a comparison of a mailbox with its server; announces mailbox.reconcile_asked."""
    require(by, CHANNELS_MANAGE)
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound
    data = {"mailbox": mailbox.pk}
    announce(Announcement("mailbox.reconcile_asked", "channel_account", mailbox.account_id, data=data), by=by)
    return enqueue(RECONCILE_JOB, mailbox=mailbox.pk)


def reconcile_job(job: Job) -> dict[str, Any]:
    """Compare; the mailbox itself keeps what went wrong, so the job does not fail with it."""
    from channels_app.email.imap import reconcile_mailbox

    missing = reconcile_mailbox(int(job.args["mailbox"]))
    return {"missing": missing}
