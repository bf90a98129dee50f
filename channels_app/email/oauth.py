"""OAuth2 for mailboxes (Gmail, Microsoft 365): the refresh token buys access tokens, which go along as XOAUTH2."""

from __future__ import annotations

import time
from typing import Any

import httpx
from django.db import transaction

from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.models import ChannelAccount

# provider → token endpoint and scope; `config["oauth2"]` may name both itself.
PROVIDERS = {
    "google": ("https://oauth2.googleapis.com/token", ""),
    "microsoft": (
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ),
}
# An access token is renewed this long before it ends, so that it does not end in the middle of a session.
_MARGIN_SECONDS = 120
_TIMEOUT_SECONDS = 15


class SignInNeeded(Permanent):
    """The provider no longer honours the refresh token: a person has to allow access again."""


def access_token(account: ChannelAccount, *, now: float | None = None) -> str:
    """A token that is good for at least two minutes, from the account's secrets or from the provider.

    Secrets: `oauth2` with client_id, client_secret, refresh_token. The provider may hand out a new refresh token
    (Microsoft does each time); it is kept in the same transaction. `SignInNeeded` when a person must act, `TryAgain` when
    the provider cannot be reached.
    """
    now = now or time.time()
    with transaction.atomic():
        locked = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        secrets = locked.secrets
        kept = secrets.get("oauth2_access") or {}
        if kept.get("token") and kept.get("ends_at", 0) > now + _MARGIN_SECONDS:
            return str(kept["token"])
        granted = _refresh(locked, secrets.get("oauth2") or {})
        secrets["oauth2_access"] = {
            "token": granted["access_token"],
            "ends_at": now + float(granted.get("expires_in") or 3600),
        }
        if granted.get("refresh_token"):
            secrets["oauth2"] = {**secrets["oauth2"], "refresh_token": granted["refresh_token"]}
        locked.set_secrets(secrets)
        locked.save(update_fields=["sealed"])
    return str(granted["access_token"])


def forget_token(account: ChannelAccount) -> None:
    """Drop the access token after a server refused it, so that the next try asks for a new one."""
    with transaction.atomic():
        locked = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        secrets = locked.secrets
        if secrets.pop("oauth2_access", None) is not None:
            locked.set_secrets(secrets)
            locked.save(update_fields=["sealed"])


def token_endpoint(config: dict[str, Any]) -> tuple[str, str]:
    """(token endpoint, scope) of an account's `config["oauth2"]`; `Permanent` when neither is known."""
    settings = config.get("oauth2") or {}
    url, scope = PROVIDERS.get(settings.get("provider", ""), ("", ""))
    url = settings.get("token_url") or url.format(tenant=settings.get("tenant") or "common")
    if not url:
        raise Permanent("the account names no OAuth2 provider and no token address")
    return url, settings.get("scope", scope)


def _refresh(account: ChannelAccount, credentials: dict[str, Any]) -> dict[str, Any]:
    """RFC 6749, section 6."""
    if not credentials.get("refresh_token"):
        raise SignInNeeded("nobody has allowed access to this mailbox yet")
    url, scope = token_endpoint(account.config)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials["refresh_token"],
        "client_id": credentials.get("client_id", ""),
        "client_secret": credentials.get("client_secret", ""),
        **({"scope": scope} if scope else {}),
    }
    try:
        response = httpx.post(url, data=form, timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        answer = response.json() if response.content else {}
    except (httpx.HTTPError, ValueError) as error:
        raise TryAgain(f"the OAuth2 provider cannot be reached: {type(error).__name__}") from error
    if response.status_code == httpx.codes.OK and isinstance(answer, dict) and answer.get("access_token"):
        return answer
    code = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    if code in ("invalid_grant", "invalid_client", "unauthorized_client", "interaction_required"):
        raise SignInNeeded(f"access to this mailbox was withdrawn ({code}); allow it again")
    raise TryAgain(f"the OAuth2 provider answered {response.status_code} {code}".strip())


def xoauth2(user: str, token: str) -> str:
    """The initial response of the XOAUTH2 mechanism, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"
