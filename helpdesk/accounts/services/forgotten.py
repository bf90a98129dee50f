"""“I forgot my password”: asked on the sign-in page, answered by a mail, told to nobody else.

The page does the same for every name: it writes a job. Whether anybody is called that is looked up by the worker, so
neither its words nor its time tell a stranger who works here.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.backends import StaffBackend
from helpdesk.accounts.demo import is_refused
from helpdesk.accounts.models import Staff
from helpdesk.accounts.services.passwords import SHORT_LIVES, link_of
from helpdesk.core import throttle
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Permanent
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import ChannelAccount, ChannelKind, Delivery, Job
from helpdesk.core.outgoing import PlainMessage, queue_delivery
from helpdesk.core.secrets import open_sealed, seal, token_hash

JOB = "accounts.password_forgotten"
PURPOSE = "accounts.forgotten_password"
PER_CLIENT = ((10, timedelta(minutes=10)), (50, timedelta(days=1)))
PER_NAME = 5
HOUR = timedelta(hours=1)


def ask_for_link(entry: str, *, origin: str, language: str) -> None:
    """Take the request of somebody who says they are called `entry` (user name or mail address); `TooMany` beyond 10 in
    ten minutes from one address or 5 an hour for one name, whether it exists or not."""
    for most, window in PER_CLIENT:
        throttle.limit(f"forgot:from:{throttle.asker(origin)}:{int(window.total_seconds())}", most, per=window)
    text = unicodedata.normalize("NFKC", entry).strip().casefold()
    throttle.limit(f"forgot:name:{token_hash(text)[:32]}", PER_NAME, per=HOUR)
    with transaction.atomic():
        enqueue(JOB, queue="events", asked=seal({"entry": entry[:254], "origin": origin, "language": language}))


@transaction.atomic
def send_forgotten_link(job: Job) -> dict[str, bool]:
    """The job: mail the link to the active person of this name, if there is one; announces staff.password_forgotten. What
    was typed is not kept, and the result says nothing about it."""
    asked = open_sealed(str(job.args.get("asked") or ""))
    Job.objects.filter(pk=job.pk).update(args={})
    found = StaffBackend().find(str(asked.get("entry") or ""))
    account = ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True).order_by("pk").first()
    if found is None or not found.is_active or not found.email or is_refused(found) or account is None:
        return {}
    # the same person under another spelling
    if throttle.count(f"forgot:account:{found.pk}", per=HOUR) > PER_NAME:
        return {}
    by = Actor(ActorKind.SYSTEM, None, str(asked.get("origin") or "")[:64])
    event = announce(Announcement("staff.password_forgotten", "staff", found.pk), by=by)
    queue_delivery(
        account,
        purpose=PURPOSE,
        subject_id=found.pk,
        address=found.email,
        payload={"language": str(asked.get("language") or "")},
        dedupe_key=f"password-forgotten:{event.pk}",
    )
    return {}


def render_forgotten_link(delivery: Delivery) -> PlainMessage:
    """The mail; `Permanent` when the person has left or has another address now."""
    staff = Staff.objects.filter(pk=delivery.subject_id, is_active=True, email=delivery.address).first()
    if staff is None:
        raise Permanent("this person is no longer active or has another address")
    wanted = staff.language or str(delivery.payload.get("language") or "")
    language = "zh-hans" if wanted.startswith("zh") else "en"
    with translation.override(language):
        text = _(
            "Hello %(name)s,\n\nsomebody asked for a new password for your account %(username)s. Open this link to "
            "choose one:\n\n%(address)s\n\nIt works once and for %(hours)s hours. Your present password stays until then.\n\n"
            "You did not ask for this? Then ignore this mail; nobody can change anything without the link."
        ) % {
            "name": staff.name,
            "username": staff.username,
            "address": link_of(staff, is_short=True),
            "hours": int(SHORT_LIVES.total_seconds()) // 3600,
        }
        return PlainMessage(subject=_("Choose a new password"), text=text, language=language, to_name=staff.name)
