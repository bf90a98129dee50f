"""Reasons and obstacles in words: why it is this person, and why a ticket still waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from helpdesk.accounts.models import Skill, SkillLevel
from tickets.routing.models import Offer


def load_text(kind: str, used: int, most: int) -> str:
    """`3 of 10 mails`."""
    figures = {"used": used, "most": most}
    if kind == "chat":
        return _("%(used)s of %(most)s chats") % figures
    if kind == "call":
        return _("%(used)s of %(most)s calls") % figures
    return _("%(used)s of %(most)s mails") % figures


def beyond_words(name: str, kind: str, used: int, most: int) -> str:
    """What whoever assigns is told of somebody who is full."""
    if not most:
        return {
            "chat": _("%(name)s takes no chats."),
            "call": _("%(name)s takes no calls."),
        }.get(kind, _("%(name)s takes no mails.")) % {"name": name}
    return _("%(name)s already has %(load)s, as many as they take at once.") % {
        "name": name,
        "load": load_text(kind, used, most),
    }


def capacity_text(most: Mapping[str, int]) -> str:
    """`5 chats · 1 call · 10 mails`."""
    chats, calls, mails = most.get("chat", 0), most.get("call", 0), most.get("mail", 0)
    return " · ".join(
        [
            ngettext("%(n)s chat", "%(n)s chats", chats) % {"n": chats},
            ngettext("%(n)s call", "%(n)s calls", calls) % {"n": calls},
            ngettext("%(n)s mail", "%(n)s mails", mails) % {"n": mails},
        ]
    )


def skills_in(reasons: Iterable[Mapping[str, Any]]) -> set[int]:
    """The ids of the skills that these reasons name."""
    return {int(key) for reason in reasons for key in reason.get("skills", {})}


def skill_names(ids: Iterable[int]) -> dict[str, str]:
    """Id as text → name in the reader's language; one query, none for nothing."""
    wanted = set(ids)
    return {str(row.pk): row.label for row in Skill.objects.filter(pk__in=wanted)} if wanted else {}


def reason_words(reason: Mapping[str, Any], skills: Mapping[str, str], *, mine: bool) -> str:
    """One reason as a sentence; `mine` speaks to the person it is about."""
    code = reason.get("code")
    if code == "account_owner":
        return _("You look after this customer") if mine else _("Looks after this customer")
    if code == "last_agent":
        return _("You had this customer's last ticket") if mine else _("Had this customer's last ticket")
    if code == "vip":
        if reason.get("senior"):
            return _("Important customer: senior colleagues first")
        return _("Important customer: no senior colleague could take it")
    if code == "skills":
        named = [
            _("%(skill)s (%(level)s)") % {"skill": skills.get(key, "?"), "level": _level(level)}
            for key, level in reason["skills"].items()
        ]
        return _("Has the skill: %(skills)s") % {"skills": pgettext("list separator", ", ").join(named)}
    if code == "load":
        return _("Room: %(load)s") % {"load": load_text(reason["kind"], reason["used"], reason["most"])}
    return {
        "share": _("Most room of all who fit, then idle longest"),
        "turn": _("Waited longest for the next one"),
        "pulled": _("Asked for the next one"),
    }.get(str(code), str(code))


def _level(value: int) -> str:
    return str(SkillLevel(value).label) if value in SkillLevel.values else str(value)


def reasons_of(offer: Offer, *, reader_id: int) -> list[str]:
    """Why it was this person, for a reader; at most one query, for the names of skills."""
    names = skill_names(skills_in(offer.reasons))
    return [reason_words(reason, names, mine=offer.staff_id == reader_id) for reason in offer.reasons]


# Why a person does not come into question, in the order in which it is said.
def obstacle_words(code: str) -> str:
    """Why one person gets nothing now."""
    return {
        "inactive": _("may not work on tickets"),
        "offline": _("not here"),
        "away": _("away"),
        "busy": _("busy"),
        "off_shift": _("off shift"),
        "skill": _("lacks a skill"),
        "full": _("no room"),
        "none": _("takes nothing"),
        "asked": _("was asked a moment ago"),
        "team": _("in another team"),
    }.get(code, code)


def waiting_words(counts: Mapping[str, int], people: int) -> str:
    """Why nobody has a ticket yet, as one sentence with numbers of people."""
    # watchers of a team who never answer customers are no reason
    people -= counts.get("inactive", 0)
    counts = {code: number for code, number in counts.items() if code != "inactive"}
    if people <= 0:
        return _("Nobody works in this team.")
    there = {code: number for code, number in counts.items() if code != "offline"}
    if not there and sum(counts.values()) == people:
        return _("Nobody of the team is here.")
    if sum(counts.values()) < people:
        return _("The next one who is free gets it.")
    ordered = sorted(counts.items(), key=lambda item: _ORDER.index(item[0]) if item[0] in _ORDER else len(_ORDER))
    return " · ".join(crowd_words(code, number) for code, number in ordered)


def crowd_words(code: str, number: int) -> str:
    """Why so many people get nothing now: `2 lack a skill`."""
    words = {
        "offline": ngettext("%(n)s not here", "%(n)s not here", number),
        "away": ngettext("%(n)s away", "%(n)s away", number),
        "busy": ngettext("%(n)s busy", "%(n)s busy", number),
        "off_shift": ngettext("%(n)s off shift", "%(n)s off shift", number),
        "skill": ngettext("%(n)s lacks a skill", "%(n)s lack a skill", number),
        "full": ngettext("%(n)s has no room", "%(n)s have no room", number),
        "none": ngettext("%(n)s takes nothing", "%(n)s take nothing", number),
        "asked": ngettext("%(n)s was asked a moment ago", "%(n)s were asked a moment ago", number),
        "team": ngettext("%(n)s in another team", "%(n)s in another team", number),
    }.get(code, f"%(n)s: {code}")
    return words % {"n": number}


_ORDER = ["full", "skill", "asked", "busy", "away", "off_shift", "offline"]
