"""Signing staff in and out, with limits that make guessing slow."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff
from helpdesk.core import throttle
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, TooMany
from helpdesk.core.events import Announcement, announce
from helpdesk.core.middleware import client_address

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 8
FAILURES_PER_ADDRESS = 40


def sign_in(request: HttpRequest, *, username: str, password: str) -> Staff:
    """Open a session for this person; announces staff.signed_in.

    `Invalid` for a wrong name or password (the same answer for both), `TooMany` after 8 failures for one name or 40 from
    one address within 15 minutes, whether the name exists or not.
    """
    address = client_address(request)
    keys = {
        f"sign-in:name:{username.strip().lower()[:100]}": FAILURES_PER_NAME,
        f"sign-in:from:{address}": FAILURES_PER_ADDRESS,
    }
    if any(throttle.used(key, per=WINDOW) >= most for key, most in keys.items()):
        raise TooMany(_("Too many attempts. Wait 15 minutes, or ask an administrator."), retry_after=900)
    staff = authenticate(request, username=username, password=password)
    if not isinstance(staff, Staff):
        for key in keys:
            throttle.count(key, per=WINDOW)
        announce(Announcement("staff.sign_in_failed", "staff", 0), by=Actor(SYSTEM.kind, None, address))
        raise Invalid(_("The user name or the password is not right."))
    login(request, staff, backend="helpdesk.accounts.backends.StaffBackend")
    throttle.clear(next(iter(keys)))
    announce(Announcement("staff.signed_in", "staff", staff.pk), by=Actor.of_staff(staff, origin=address))
    return staff


def sign_out(request: HttpRequest) -> None:
    """End this session; announces staff.signed_out in the same transaction: who hears of it finds the session gone."""
    with transaction.atomic():
        if isinstance(request.user, Staff):
            by = Actor.of_staff(request.user, origin=client_address(request))
            announce(Announcement("staff.signed_out", "staff", request.user.pk), by=by)
        logout(request)
