"""What sub-tickets and consultations say in a ticket's history."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from helpdesk.core.models import Event
from tickets.history import SENTENCES, SHOWN, Names, Sentence
from tickets.models import NUMBER_PREFIX, StatusCategory


def _number(event: Event) -> str:
    return f"{NUMBER_PREFIX}{event.data.get('sub') or '?'}"


def _opened(event: Event, names: Names) -> str:
    return _("Sub-ticket %(number)s opened for %(team)s") % {
        "number": _number(event),
        "team": names.team(event.data.get("team")),
    }


def _changed(event: Event, names: Names) -> str:
    number, what = _number(event), event.data.get("what")
    if what == "ticket.status_changed":
        new = (event.data.get("status_category") or [None, None])[1]
        label = StatusCategory(new).label if new in StatusCategory.values else new
        return _("Sub-ticket %(number)s: %(status)s") % {"number": number, "status": label}
    if what == "ticket.assigned":
        name = names.person((event.data.get("owner") or [None, None])[1])
        return _("Sub-ticket %(number)s is with %(name)s") % {"number": number, "name": name}
    if what == "ticket.transferred":
        team = names.team((event.data.get("team") or [None, None])[1])
        return _("Sub-ticket %(number)s went to %(team)s") % {"number": number, "team": team}
    return _("Sub-ticket %(number)s missed a deadline") % {"number": number}


def _invited(words: Any) -> Sentence:
    def say(event: Event, names: Names) -> str:
        invited = list(event.data.get("invited") or [])
        named = ", ".join(names.person(pk) for pk in invited[:5])
        if len(invited) > 5:
            named += " " + ngettext("and %(n)d more", "and %(n)d more", len(invited) - 5) % {"n": len(invited) - 5}
        return str(words) % {"names": named}

    return say


def _left(event: Event, names: Names) -> str:
    return _("%(name)s is no longer asked") % {"name": names.person(event.data.get("staff"))}


def _plain(words: Any) -> Sentence:
    return lambda event, names: str(words)


def register() -> None:
    """Add the sentences. That a task was solved is said by its change of status already."""
    SHOWN.update({"ticket.sub_solved"})
    SENTENCES.update(
        {
            "ticket.sub_opened": ("split", "", _opened),
            "ticket.sub_changed": ("split", "", _changed),
            "ticket.sub_solved": (
                "check", "", lambda event, names: _("Sub-ticket %(number)s is solved") % {"number": _number(event)}
            ),
            "consultation.opened": ("users", "", _invited(gettext_lazy("Experts asked: %(names)s"))),
            "consultation.invited": ("users", "", _invited(gettext_lazy("Also asked: %(names)s"))),
            "consultation.left": ("users", "", _left),
            "consultation.concluded": ("check", "", _plain(gettext_lazy("The consultation was concluded"))),
            "consultation.withdrawn": ("x", "", _plain(gettext_lazy("The consultation was withdrawn"))),
        }
    )  # fmt: skip
