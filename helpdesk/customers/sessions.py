"""A customer's signed-in browser: a cookie of its own (never the staff's session) that names a row by a random token."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from helpdesk.core.secrets import new_token, token_hash
from helpdesk.customers.models import Customer, Identity, PortalSession

COOKIE = "portal_session"
# A visit keeps a session alive for this long, and none lives beyond the second.
IDLE = timedelta(days=30)
LONGEST = timedelta(days=180)
RENEW_AFTER = timedelta(hours=6)


def session_of(request: HttpRequest) -> PortalSession | None:
    """The browser's live session, at the cost of one query per request; None when there is none."""
    if not hasattr(request, "_portal_session"):
        request._portal_session = _find(request.COOKIES.get(COOKIE, ""))  # type: ignore[attr-defined]
    session: PortalSession | None = request._portal_session  # type: ignore[attr-defined]
    return session


def customer_of(request: HttpRequest) -> Customer | None:
    """The customer who is signed in to the portal in this browser, as the profile that survived merging."""
    session = session_of(request)
    if session is None:
        return None
    return session.customer.merged_into or session.customer


def _find(token: str) -> PortalSession | None:
    if not 20 <= len(token) <= 100:
        return None
    return (
        PortalSession.objects.select_related("customer", "customer__merged_into", "identity")
        .filter(hash=token_hash(token), ended_at__isnull=True, expires_at__gt=timezone.now())
        .first()
    )


def start_session(customer: Customer, identity: Identity, *, now: datetime | None = None) -> str:
    """Begin a session and return its token, which only the cookie keeps."""
    now = now or timezone.now()
    token = new_token()
    PortalSession.objects.create(
        hash=token_hash(token),
        customer=customer,
        identity=identity,
        created_at=now,
        last_seen_at=now,
        expires_at=now + IDLE,
    )
    return token


def renew(request: HttpRequest, response: HttpResponse) -> None:
    """Let a living session slide, at most every few hours; the cookie goes along with it."""
    session, now = session_of(request), timezone.now()
    if session is None or session.ended_at is not None or now - session.last_seen_at < RENEW_AFTER:
        return
    session.last_seen_at, session.expires_at = now, min(now + IDLE, session.created_at + LONGEST)
    session.save(update_fields=["last_seen_at", "expires_at"])
    set_cookie(response, request.COOKIES[COOKIE], session.expires_at - now)


def end_session(session: PortalSession) -> None:
    """Sign this browser out."""
    session.ended_at = timezone.now()
    session.save(update_fields=["ended_at"])


def end_all_sessions(customer: Customer) -> int:
    """Sign the customer out everywhere, also where they came in under a profile that was merged; returns how many."""
    now = timezone.now()
    live = PortalSession.objects.filter(ended_at__isnull=True, expires_at__gt=now)
    ended = live.filter(customer=customer).update(ended_at=now)
    return ended + live.filter(customer__merged_into=customer).update(ended_at=now)


def set_cookie(response: HttpResponse, token: str, age: timedelta = IDLE) -> None:
    response.set_cookie(
        COOKIE, token, max_age=int(age.total_seconds()), path="/", httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def drop_cookie(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path="/", samesite="Lax")


def sweep_access(limit: int = 5000) -> int:
    """Housekeeping: forget sessions and sign-in tokens that ended more than thirty days ago."""
    from helpdesk.customers.models import SignInToken

    before = timezone.now() - timedelta(days=30)
    old = list(PortalSession.objects.filter(expires_at__lt=before).values_list("pk", flat=True)[:limit])
    tokens = list(SignInToken.objects.filter(expires_at__lt=before).values_list("pk", flat=True)[:limit])
    PortalSession.objects.filter(pk__in=old).delete()
    SignInToken.objects.filter(pk__in=tokens).delete()
    return len(old) + len(tokens)
