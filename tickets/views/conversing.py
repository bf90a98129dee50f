"""Talking: sending, taking back, notes, drafts, uploads, canned replies and calling colleagues."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, with_event, with_toast
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, NOTE, REPLY, VIEW_TEAM
from helpdesk.core.errors import Invalid, NotFound, TooLarge
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.identities import HIDDEN, shown_address
from tickets.access import may_let_in, those_who_see
from tickets.forms import PRESETS, ForwardForm, MessageForm, addresses_in, checked, numbers_in, sending_moment
from tickets.models import Message, Ticket, Visibility
from tickets.selectors.canned import canned_replies
from tickets.selectors.conversation import item_of, kind_of
from tickets.selectors.people import colleagues, mentioned_in
from tickets.selectors.recipients import restored_recipients
from tickets.selectors.ticket_page import visible_id, visible_ticket
from tickets.services.drafts import draft_version, save_draft
from tickets.services.files import NewFile, copy_files, upload
from tickets.services.releasing import send_message_again
from tickets.services.replying import Reply, add_note, forward_ticket, reply_to_ticket, withdraw_message
from tickets.views.ticket import rights

LINES = ("to", "cc", "bcc")
STATUSES = {"open", "pending", "on_hold", "solved"}


def message_of(staff: Staff, number: str, message_id: int) -> tuple[Any, Message]:
    """A message of a ticket that the person may see; `NotFound` otherwise."""
    ticket = visible_ticket(staff, number)
    message = Message.objects.filter(ticket_id=ticket.pk, pk=int(message_id), withdrawn_at__isnull=True).first()
    if message is None:
        raise NotFound
    return ticket, message


def _account(value: str) -> ChannelAccount | None:
    pk = number_in(value)
    return ChannelAccount.objects.filter(pk=pk, is_active=True).first() if pk else None


@desk(permission=VIEW_TEAM)
@require_POST
def send_message(request: HttpRequest, number: str) -> HttpResponse:
    """A reply or a note from the composer; answers with the message as it stands in the conversation."""
    staff = staff_of(request)
    data = checked(MessageForm(request.POST))
    files = numbers_in(request.POST.getlist("files"))
    ticket_id = visible_id(staff, number)
    if data["mode"] == "note" or data["then"] == "note":
        return _add_note(request, number, ticket_id, data["text"], files)
    lines = {name: data[name] for name in LINES}
    if any(HIDDEN in line for line in lines.values()):
        data |= restored_recipients(Ticket.objects.get(pk=ticket_id), staff.pk, lines)
    message = reply_to_ticket(ticket_id, _reply(data, files), by=actor_of(request))
    if not message.is_waiting:
        return _said(request, number, message, _("Answer sent"))
    undo = f"/tickets/HD-{ticket_id}/messages/{message.pk}/withdraw/"
    if data["then"].startswith("later:"):
        return _said(
            request, number, message, _("Answer will be sent later"), undo_url=undo, seconds=8, icon="schedule"
        )
    return _said(request, number, message, _("Answer sent"), undo_url=undo, seconds=5, icon="send")


def _add_note(request: HttpRequest, number: str, ticket_id: int, text: str, files: list[int]) -> HttpResponse:
    """The note, and whom of those it calls it did not reach."""
    called = mentioned_in(text)
    message = add_note(
        ticket_id, text, by=actor_of(request), mentions=[person.pk for person in called], attachment_ids=files
    )
    missed = [person.name for person in called if person.pk not in message.mentions]
    if not missed:
        return _said(request, number, message, _("Note added"))
    words = _("Note added. Not told, because they may not see this ticket: %(names)s") % {"names": ", ".join(missed)}
    return _said(request, number, message, words, seconds=10)


def _reply(data: dict[str, Any], files: list[int]) -> Reply:
    then, release_at = data["then"], None
    if then.startswith("later:"):
        release_at = _later(then.removeprefix("later:"), data["later_at"])
    is_mail = bool(data["to"] or data["cc"] or data["bcc"])
    return Reply(
        text=data["text"],
        to=addresses_in(data["to"]) if is_mail else (),
        cc=addresses_in(data["cc"]),
        bcc=addresses_in(data["bcc"]),
        subject=data["subject"],
        attachment_ids=files,
        account=_account(data["channel"]),
        status=then if then in STATUSES else "",
        release_at=release_at,
        undo=release_at is None,
    )


def _later(preset: str, typed: str) -> datetime:
    if preset == "at":
        return sending_moment(typed)
    if preset not in PRESETS:
        raise Invalid(fields={"then": _("Choose one of the listed times.")})
    return PRESETS[preset]()


def _said(request: HttpRequest, number: str, message: Message, words: str, **toast: Any) -> HttpResponse:
    """The new message as a fragment, with what the page says about it; a plain form goes back to the ticket."""
    if not is_htmx(request):
        from django.shortcuts import redirect

        return redirect(f"/tickets/{number}/#message-{message.pk}")
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    item = item_of(ticket, staff, message.pk)
    response = render(request, "tickets/_items.html", {"items": [item] if item else [], "ticket": ticket})
    with_event(response, "ticket:said", {"id": ticket.pk, "message": message.pk})
    return with_toast(response, words, kind="success", **toast)


@desk(permission=REPLY)
@require_POST
def withdraw(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """Take an answer back before it leaves; its text becomes the draft again."""
    message_of(staff_of(request), number, message_id)
    message = withdraw_message(int(message_id), by=actor_of(request))
    response = JsonResponse({"message": message.pk, "text": message.text, "ticket": message.ticket_id})
    return with_event(response, "message:withdrawn", {"message": message.pk, "ticket": message.ticket_id})


@desk(permission=REPLY)
@require_POST
def send_again(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """Another try of a failed delivery."""
    message_of(staff_of(request), number, message_id)
    tried = send_message_again(int(message_id), by=actor_of(request))
    words = _("Sending is tried again.") if tried else _("This message has not failed.")
    return with_toast(HttpResponse(status=204), words, kind="info")


@desk(permission=VIEW_TEAM)
@require_GET
def message_menu(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """What can be done with one message."""
    staff = staff_of(request)
    ticket, message = message_of(staff, number, message_id)
    context = {"ticket": ticket, "message": message, "base": f"/tickets/{ticket.number}/", "can": rights(staff, ticket)}
    return render(request, "tickets/_menu_message.html", context | {"has_html": bool(message.html)})


@desk(permission=REPLY)
@require_http_methods(["GET", "POST"])
def forward(request: HttpRequest, number: str, message_id: int) -> HttpResponse:
    """The form that passes a message on to an outside party."""
    staff = staff_of(request)
    ticket, message = message_of(staff, number, message_id)
    if request.method == "POST":
        form = ForwardForm(request.POST)
        if form.is_valid():
            try:
                return _forwarded(request, ticket, message, form.cleaned_data)
            except Invalid as refusal:
                for name, words in refusal.fields.items():
                    form.add_error(name if name in form.fields else None, str(words))
        return render(request, "tickets/_forward.html", _forward_context(ticket, message, form), status=422)
    form = ForwardForm(initial={"text": quoted(message, staff), "with_files": True})
    return render(request, "tickets/_forward.html", _forward_context(ticket, message, form))


def _forward_context(ticket: Any, message: Message, form: ForwardForm) -> dict[str, Any]:
    return {"form": form, "ticket": ticket, "message": message, "has_files": message.attachments.exists()}


def _forwarded(request: HttpRequest, ticket: Any, message: Message, data: dict[str, Any]) -> HttpResponse:
    files = [file.pk for file in copy_files(message, by=actor_of(request))] if data["with_files"] else []
    reply = Reply(text=data["text"], to=addresses_in(data["to"]), attachment_ids=files, undo=True)
    sent = forward_ticket(ticket.pk, reply, by=actor_of(request))
    response = _said(
        request,
        ticket.number,
        sent,
        _("Forwarded"),
        undo_url=f"/tickets/{ticket.number}/messages/{sent.pk}/withdraw/",
        icon="forward",
    )
    response["HX-Retarget"], response["HX-Reswap"] = "#thread", "beforeend"
    return with_event(response, "dialogClose", True)


def quoted(message: Message, staff: Staff) -> str:
    """The message as it is quoted below what one writes."""
    address = shown_address(message.author_address, staff.can(CUSTOMER_UNMASK))
    head = _("%(name)s wrote:") % {"name": message.author_name or address or _("Customer")}
    lines = "\n".join(f"> {line}" for line in message.text.splitlines())
    return f"\n\n{head}\n{lines}"


# --- Drafts and files ------------------------------------------------------------------------------------------------
@desk(permission=NOTE)
@require_POST
def draft(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what is being written; answers with the version and the moment. 409 when another window saved in between."""
    data = _body(request)
    staff = staff_of(request)
    ticket = Ticket.objects.get(pk=visible_id(staff, number))
    mode = Visibility.INTERNAL if data.get("mode") == "note" else Visibility.PUBLIC
    lines = {name: str(data.get(name) or "")[:10_000] for name in LINES}
    kept = {"channel": str(data.get("channel") or "")[:20], **restored_recipients(ticket, staff.pk, lines)}
    saved = save_draft(
        ticket,
        by=actor_of(request),
        text=str(data.get("text") or ""),
        visibility=mode,
        recipients={name: value for name, value in kept.items() if value},
        attachment_ids=numbers_in(data.get("files") or [])[:50],
        version=number_in(str(data.get("version") or "0")) or 0,
    )
    return JsonResponse(
        {"version": draft_version(saved), "saved_at": saved.updated_at.isoformat() if saved is not None else None}
    )


def _body(request: HttpRequest) -> dict[str, Any]:
    """JSON of our script, or the fields of a plain form."""
    if request.content_type != "application/json":
        return {**request.POST.dict(), "files": request.POST.getlist("files")}
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("files") or [], list):
        raise Invalid(_("This cannot be read."))
    return data


@desk(permission=NOTE)
@require_POST
def upload_file(request: HttpRequest, number: str) -> HttpResponse:
    """Keep a file for a message that is still being written."""
    visible_id(staff_of(request), number)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid(fields={"file": _("Choose a file.")})
    from django.conf import settings

    if (file.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLarge(_("This file is larger than %(mb)s MB.") % {"mb": settings.ATTACHMENT_MAX_BYTES // 1024**2})
    kept = upload(
        NewFile(file.name or "file", file.content_type or "application/octet-stream", file.read()), by=actor_of(request)
    )
    return JsonResponse({"id": kept.pk, "name": kept.name, "size": kept.size, "kind": kind_of(kept.content_type)})


# --- Suggestions while writing ---------------------------------------------------------------------------------------
@desk(permission=REPLY)
@require_GET
def canned(request: HttpRequest, number: str) -> HttpResponse:
    """Canned replies that match, with their variables filled for this ticket."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    text = request.GET.get("q", "").replace("\x00", "")[:40]
    return JsonResponse({"items": canned_replies(ticket, staff, text)})


@desk(permission=NOTE)
@require_GET
def mentions(request: HttpRequest, number: str) -> HttpResponse:
    """Colleagues who can be called: those who see the ticket, and those whom the writer may let in."""
    staff = staff_of(request)
    ticket = Ticket.objects.get(pk=visible_id(staff, number))
    text = request.GET.get("q", "").replace("\x00", "")[:40]
    people = [person for person in colleagues(text) if person.pk != staff.pk]
    seeing, may_grant = those_who_see(ticket, people), may_let_in(actor_of(request), ticket)
    items = []
    for person in people:
        if person.pk in seeing or may_grant:
            hint = (
                person.username
                if person.pk in seeing
                else _("%(name)s · will see this ticket") % {"name": person.username}
            )
            items.append({"label": person.name, "hint": hint, "text": f"@{person.name} "})
    return JsonResponse({"items": items})
