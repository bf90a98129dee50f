"""Signing staff in and out, with limits that make guessing slow."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.backends import StaffBackend
from helpdesk.accounts.models import Staff
from helpdesk.core import throttle
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, TooMany
from helpdesk.core.events import Announcement, announce
from helpdesk.core.middleware import client_address
from helpdesk.core.secrets import token_hash

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 8
FAILURES_PER_ADDRESS = 40


def sign_in(request: HttpRequest, *, username: str, password: str) -> Staff:
    """Open a session for this person; announces staff.signed_in.

    `Invalid` for a wrong name or password (the same answer for both), `TooMany` after 8 failures for one name or 40 from
    one address (IPv6: one /64) within 15 minutes, whether the name exists or not. Each try is counted before the password
    is looked at, so that many at once are no way around the limits; a right one is given back.
    """
    address = client_address(request)
    origin, name, account = _keys(username, address)
    if (
        throttle.count(origin, per=WINDOW) > FAILURES_PER_ADDRESS
        or throttle.count(name, per=WINDOW) > FAILURES_PER_NAME
    ):
        raise TooMany(_("Too many attempts. Wait 15 minutes, or ask an administrator."), retry_after=900)
    staff = _person(request, username, password, is_closed=throttle.count(account, per=WINDOW) > FAILURES_PER_NAME)
    if staff is None:
        announce(Announcement("staff.sign_in_failed", "staff", 0), by=Actor(SYSTEM.kind, None, address))
        raise Invalid(_("The user name or the password is not right."))
    login(request, staff, backend="helpdesk.accounts.backends.StaffBackend")
    throttle.give_back(origin, per=WINDOW)
    throttle.clear(name)
    throttle.clear(account)
    announce(Announcement("staff.signed_in", "staff", staff.pk), by=Actor.of_staff(staff, origin=address))
    return staff


def _keys(username: str, address: str) -> tuple[str, str, str]:
    """What tries are counted under: the asker, the text as given, and the account that it means. A name that means nobody is
    counted under a third key all the same, so that it costs what a real one costs."""
    text = token_hash(unicodedata.normalize("NFKC", username).strip().casefold())[:32]
    found = StaffBackend().find(username)
    account = f"sign-in:account:{found.pk if found is not None else text}"
    return f"sign-in:from:{throttle.asker(address)}", f"sign-in:name:{text}", account


def _person(request: HttpRequest, username: str, password: str, *, is_closed: bool) -> Staff | None:
    """Whose name and password these are. An account that was guessed at under another spelling answers like a wrong
    password: 429 would tell a stranger that both spellings mean one person."""
    if is_closed:
        StaffBackend().pretend(password)
        return None
    staff = authenticate(request, username=username, password=password)
    return staff if isinstance(staff, Staff) else None


def sign_out(request: HttpRequest) -> None:
    """End this session; announces staff.signed_out in the same transaction: who hears of it finds the session gone."""
    with transaction.atomic():
        if isinstance(request.user, Staff):
            by = Actor.of_staff(request.user, origin=client_address(request))
            announce(Announcement("staff.signed_out", "staff", request.user.pk), by=by)
        logout(request)
