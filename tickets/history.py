"""A ticket's history in words: each event of the log becomes a sentence in the reader's language.

One entry of `SENTENCES` per event name; an event that nobody described yet is still readable by its name and fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import ActorKind
from helpdesk.core.models import Event
from helpdesk.core.templatetags.ui import channel_name
from tickets.models import (
    NUMBER_PREFIX,
    CustomField,
    Grade,
    Holder,
    Kind,
    LinkKind,
    Priority,
    Stage,
    StatusCategory,
    StatusLabel,
    Ticket,
)

PAGE_SIZE = 50
# Left out of the conversation's change lines, kept in the history: what the messages themselves show, and what another
# event of the same change says better.
SHOWN = {
    "message.received",
    "message.written",
    "message.released",
    "message.sent",
    "message.delivered",
    "message.read",
    "note.added",
    "ticket.read",
    "ticket.handed_over",
}


@dataclass
class Names:
    """Names behind the ids of some events, loaded in one query a kind."""

    staff: dict[int, str] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    customer: str = ""

    def person(self, pk: Any) -> str:
        return self.staff.get(pk, _("a former colleague")) if pk else _("nobody")

    def team(self, pk: Any) -> str:
        return self.teams.get(pk, _("a former team"))

    def label(self, pk: Any) -> str:
        return self.labels.get(pk, "?")


Sentence = Callable[[Event, Names], str]


def _pair(event: Event, name: str) -> tuple[Any, Any]:
    """Old and new value of a field; (None, None) when the event carries none."""
    value = event.data.get(name)
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    return None, value


def _personal(event: Event) -> dict[str, Any]:
    kept = getattr(event, "personal", None)
    return dict(kept.data) if kept is not None else {}


def _number(pk: Any) -> str:
    return f"{NUMBER_PREFIX}{pk}" if pk else "?"


def _plain(text: Any) -> Sentence:
    return lambda event, names: str(text)


def _channel(event: Event) -> str:
    return channel_name(str(event.data.get("channel", "")))


def _created(event: Event, names: Names) -> str:
    if event.data.get("parent"):
        return _("Opened as a part of %(number)s") % {"number": _number(event.data["parent"])}
    if event.data.get("split_from"):
        return _("Split from %(number)s") % {"number": _number(event.data["split_from"])}
    if event.data.get("by_staff"):
        return _("Ticket opened for the customer")
    return _("Ticket opened by %(channel)s") % {"channel": _channel(event)}


def _assigned(event: Event, names: Names) -> str:
    old, new = _pair(event, "owner")
    if new is None:
        return _("%(name)s gave it back to the queue") % {"name": names.person(old)}
    if old is None:
        words = _("Assigned to %(name)s") % {"name": names.person(new)}
    else:
        words = _("Assigned to %(new)s instead of %(old)s") % {"new": names.person(new), "old": names.person(old)}
    return f"{words} · {_('beyond what they take')}" if event.data.get("beyond") else words


def _transferred(event: Event, names: Names) -> str:
    old, new = _pair(event, "team")
    return _("Moved from team %(old)s to %(new)s") % {"old": names.team(old), "new": names.team(new)}


def _status(event: Event, names: Names) -> str:
    old, new = _pair(event, "status")
    return _("Status: %(old)s → %(new)s") % {"old": names.label(old), "new": names.label(new)}


def _handed_over(event: Event, names: Names) -> str:
    _old, new = _pair(event, "holder")
    label = Holder(new).label if new in Holder.values else new
    return _("The conversation is with: %(holder)s") % {"holder": label}


CHOICES: dict[str, tuple[Any, Any]] = {
    "priority": (gettext_lazy("Priority"), Priority),
    "kind": (gettext_lazy("Kind"), Kind),
    "stage": (gettext_lazy("Stage"), Stage),
    "grade": (pgettext_lazy("of a ticket", "Grade"), Grade),
    "status_category": (gettext_lazy("Status"), StatusCategory),
}


def _word(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else str(value)


def _changed_tags(old: Any, new: Any) -> str:
    before, after = list(old or []), list(new or [])
    added = [tag for tag in after if tag not in before]
    gone = [tag for tag in before if tag not in after]
    parts = []
    if added:
        parts.append(_("tags added: %(tags)s") % {"tags": ", ".join(added)})
    if gone:
        parts.append(_("tags removed: %(tags)s") % {"tags": ", ".join(gone)})
    return "; ".join(parts)


def _changed_fields(old: Any, new: Any) -> str:
    before, after = dict(old or {}), dict(new or {})
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    labels = {item.key: item.label for item in CustomField.objects.filter(key__in=changed)} if changed else {}
    return "; ".join(
        _("%(field)s: %(old)s → %(new)s")
        % {"field": labels.get(key, key), "old": _shown(before.get(key)), "new": _shown(after.get(key))}
        for key in changed
    )


def _shown(value: Any) -> str:
    return "—" if value in (None, "", []) else str(value)


def _edited(event: Event, names: Names) -> str:
    personal = _personal(event)
    parts = []
    for name, value in event.data.items():
        if name in CHOICES and isinstance(value, list):
            label, choices = CHOICES[name]
            old, new = _word(choices, value[0]), _word(choices, value[1])
            parts.append(_("%(field)s: %(old)s → %(new)s") % {"field": label, "old": old, "new": new})
        elif name == "tags" and isinstance(value, list):
            parts.append(_changed_tags(*value))
        elif name == "subject":
            old, new = personal.get("subject", [None, None])
            words = _("Subject: “%(old)s” → “%(new)s”") % {"old": old, "new": new} if new else _("Subject changed")
            parts.append(words)
        elif name == "solution":
            new = personal.get("solution", [None, None])[1]
            parts.append(_("Solution: %(words)s") % {"words": new} if new else _("Solution changed"))
        elif name == "fields":
            pair = personal.get("fields")
            parts.append(_changed_fields(*pair) if pair else _("Fields changed"))
    parts = [part for part in parts if part]
    text = "; ".join(parts) if parts else _("Ticket edited")
    return text[:1].upper() + text[1:]


def _until(event: Event, names: Names) -> str:
    moment = parse_datetime(str(event.data.get("until") or ""))
    return _("Snoozed until %(when)s") % {"when": _moment(moment)} if moment else _("Snoozed")


def _moment(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _linked(words: Any) -> Sentence:
    def say(event: Event, names: Names) -> str:
        kind = event.data.get("kind", "")
        label = LinkKind(kind).label if kind in LinkKind.values else kind
        return str(words) % {"number": _number(event.data.get("target")), "kind": label}

    return say


def _watched(words: Any) -> Sentence:
    return lambda event, names: str(words) % {"name": names.person(event.data.get("staff"))}


def _began_to_watch(event: Event, names: Names) -> str:
    name = {"name": names.person(event.data.get("staff"))}
    if event.data.get("by") == "consultation":
        return _("%(name)s may see this ticket while the consultation lasts") % name
    if event.data.get("by") != "mention":
        return _("%(name)s watches it") % name
    if event.data.get("is_let_in"):
        return _("%(name)s was mentioned and may see this ticket now") % name
    return _("%(name)s was mentioned and watches it") % name


def _with_channel(words: Any) -> Sentence:
    return lambda event, names: str(words) % {"channel": _channel(event)}


SENTENCES: dict[str, tuple[str, str, Sentence]] = {
    # name: (icon, look, sentence)
    "ticket.created": ("plus", "", _created),
    "ticket.assigned": ("assign", "", _assigned),
    "ticket.transferred": ("transfer", "", _transferred),
    "ticket.status_changed": ("status-open", "", _status),
    "ticket.reopened": ("reopen", "warn", _plain(gettext_lazy("Re-opened"))),
    "ticket.edited": ("edit", "", _edited),
    "ticket.handed_over": ("transfer", "", _handed_over),
    "ticket.snoozed": ("snooze", "", _until),
    "ticket.woken": ("clock", "", _plain(gettext_lazy("Back from snooze"))),
    "ticket.merged": (
        "merge",
        "",
        lambda event, names: _("Merged into %(number)s") % {"number": _number(event.data.get("into"))},
    ),
    "ticket.absorbed": (
        "merge",
        "",
        lambda event, names: (
            _("%(number)s was merged into this ticket") % {"number": _number(event.data.get("source"))}
        ),
    ),
    "ticket.split": (
        "split",
        "",
        lambda event, names: _("Messages split off into %(number)s") % {"number": _number(event.data.get("into"))},
    ),
    "ticket.linked": ("link", "", _linked(gettext_lazy("Linked: %(kind)s %(number)s"))),
    "ticket.unlinked": ("unlink", "", _linked(gettext_lazy("Link to %(number)s removed"))),
    "ticket.watched": ("watch", "", _began_to_watch),
    "ticket.unwatched": ("unwatch", "", _watched(gettext_lazy("%(name)s no longer watches it"))),
    "ticket.marked_spam": ("spam", "warn", _plain(gettext_lazy("Marked as spam"))),
    "ticket.unmarked_spam": ("spam", "", _plain(gettext_lazy("Not spam after all"))),
    "ticket.forwarded": ("forward", "", _plain(gettext_lazy("Forwarded to an outside party"))),
    "ticket.read": ("watch", "", _plain(gettext_lazy("Opened for the first time"))),
    "message.received": ("reply", "", _with_channel(gettext_lazy("Message received by %(channel)s"))),
    "message.written": ("send", "", _with_channel(gettext_lazy("Answer written (%(channel)s)"))),
    "message.released": ("send", "", _with_channel(gettext_lazy("Answer on its way (%(channel)s)"))),
    "message.withdrawn": ("back", "", _plain(gettext_lazy("Answer taken back before it was sent"))),
    "message.sent": ("check", "", _with_channel(gettext_lazy("Answer sent (%(channel)s)"))),
    "message.delivered": ("checks", "", _with_channel(gettext_lazy("Answer delivered (%(channel)s)"))),
    "message.read": ("checks", "", _with_channel(gettext_lazy("Answer read (%(channel)s)"))),
    "message.failed": ("alert", "bad", _with_channel(gettext_lazy("Answer could not be sent (%(channel)s)"))),
    "message.sent_again": ("refresh", "", _with_channel(gettext_lazy("Sending tried again (%(channel)s)"))),
    "note.added": ("note", "", _plain(gettext_lazy("Internal note added"))),
    "identity.unmasked": ("watch", "", _plain(gettext_lazy("Looked at the customer's full address"))),
    "inbound.source_read": ("watch", "", _plain(gettext_lazy("Read the source of a message"))),
    "satisfaction.asked": ("star", "", _plain(gettext_lazy("The customer was asked how it went"))),
    "satisfaction.answered": ("star", "", _plain(gettext_lazy("The customer rated the help"))),
}


def sentence(event: Event, names: Names) -> tuple[str, str, str]:
    """Icon, look and words of an event; unknown ones by their name and the fields they carry."""
    icon, look, say = SENTENCES.get(event.name, ("activity", "", _unknown))
    return icon, look, say(event, names)


def _unknown(event: Event, names: Names) -> str:
    words = event.name.replace(".", ": ").replace("_", " ")
    kept = {key: value for key, value in event.data.items() if key not in {"row_version", "team_before"}}
    told = ", ".join(f"{key} {_unknown_value(value)}" for key, value in kept.items() if value is not None)
    return f"{words} ({told})" if told else words


def _unknown_value(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_shown(value[0])} → {_shown(value[1])}"
    return str(value)[:80]


def actor_name(event: Event, names: Names) -> str:
    """Who did it, as the reader knows them."""
    if event.actor_kind == ActorKind.STAFF:
        return names.person(event.actor_id)
    if event.actor_kind == ActorKind.CUSTOMER:
        return names.customer or _("Customer")
    return {
        ActorKind.API_KEY: _("API"),
        ActorKind.AUTOMATION: _("Rule"),
        ActorKind.BOT: _("Bot"),
    }.get(ActorKind(event.actor_kind), _("Automatic"))


def names_for(events: Iterable[Event], *, customer: str = "") -> Names:
    """Load the names that these events mention: three queries whatever their number."""
    staff: set[int] = set()
    teams: set[int] = set()
    labels: set[int] = set()
    for event in events:
        if event.actor_kind == ActorKind.STAFF and event.actor_id is not None:
            staff.add(event.actor_id)
        staff.update(pk for pk in (*_pair(event, "owner"), event.data.get("staff")) if isinstance(pk, int))
        staff.update(pk for pk in event.data.get("invited", ()) if isinstance(pk, int))
        teams.update(pk for pk in _pair(event, "team") if isinstance(pk, int))
        labels.update(pk for pk in _pair(event, "status") if isinstance(pk, int))
    return Names(
        dict(Staff.objects.filter(pk__in=staff).values_list("pk", "name")) if staff else {},
        {team.pk: team.label for team in Team.objects.filter(pk__in=teams)} if teams else {},
        {label.pk: label.label for label in StatusLabel.objects.filter(pk__in=labels)} if labels else {},
        customer,
    )


@dataclass(frozen=True)
class HistoryPage:
    """Lines of the history, newest first, and the event id to continue before (None at the beginning)."""

    lines: list[SimpleNamespace]
    next: int | None


def history_of(ticket: Ticket, *, before: int | None = None, size: int = PAGE_SIZE) -> HistoryPage:
    """What happened to the ticket, newest first; five queries."""
    rows = Event.objects.filter(ticket_id=ticket.pk).select_related("personal")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    events = list(rows.order_by("-pk")[: size + 1])
    more = len(events) > size
    events = events[:size]
    return HistoryPage(lines_of(events, ticket), events[-1].pk if more else None)


def lines_of(events: Sequence[Event], ticket: Ticket) -> list[SimpleNamespace]:
    """Each event as a line of the timeline."""
    names = names_for(events, customer=ticket.customer.display_name)
    found = []
    for event in events:
        icon, look, text = sentence(event, names)
        found.append(
            SimpleNamespace(
                id=event.pk, icon=icon, look=look, text=text, actor_name=actor_name(event, names), at=event.at
            )
        )
    return found


def lines_between(ticket: Ticket, items: Sequence[Any], *, is_newest: bool) -> list[Any]:
    """The conversation's items with what was changed in between, by time."""
    moments = [item.at for item in items if getattr(item, "at", None)]
    if not moments:
        return list(items)
    rows = Event.objects.filter(ticket_id=ticket.pk, at__gte=min(moments)).exclude(name__in=SHOWN)
    if not is_newest:
        rows = rows.filter(at__lte=max(moments))
    lines = lines_of(list(rows.select_related("personal").order_by("pk")[:200]), ticket)
    found: list[Any] = []
    waiting = [SimpleNamespace(look="event", line=line, at=line.at) for line in lines]
    for item in items:
        moment = getattr(item, "at", None)
        while moment is not None and waiting and waiting[0].at < moment and item.look != "day":
            found.append(waiting.pop(0))
        found.append(item)
    return found + waiting
