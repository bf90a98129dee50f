"""Which tickets are one matter: merging, splitting, linking; and opening one for a customer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, sentence, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import CREATE, CUSTOMER_UNMASK, EDIT, MERGE, VIEW_TEAM
from helpdesk.core.errors import Invalid, Refused
from helpdesk.customers.identities import HIDDEN, Known, email, phone, shown_address
from helpdesk.customers.models import Customer
from helpdesk.customers.services.resolving import resolve_customer
from tickets.access import parse_number
from tickets.forms import LinkForm, NewTicketForm, numbers_in
from tickets.models import Message, Ticket, TicketLink
from tickets.selectors.ticket_page import visible_id, visible_ticket
from tickets.services.merging import link_tickets, merge_tickets, split_ticket, unlink_tickets
from tickets.services.replying import Reply, start_ticket
from tickets.views.editing import changed


def _go(request: HttpRequest, number: str, words: str) -> HttpResponse:
    """To another ticket's page, for htmx and for plain forms."""
    url = f"/tickets/{number}/"
    if not is_htmx(request):
        return redirect(url)
    response = with_event(HttpResponse(status=204), "ticket:open", {"url": url})
    return with_event(with_toast(response, words, kind="success"), "dialogClose", True)


@desk(permission=MERGE)
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Choose the ticket that goes on, then move everything of this one into it."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    error = ""
    if request.method == "POST":
        try:
            into = parse_number(request.POST.get("into", ""))
            target = merge_tickets(ticket.pk, into, by=actor_of(request))
            return _go(request, target.number, _("Merged into %(number)s") % {"number": target.number})
        except Refused as refusal:
            error = sentence(refusal)
    others = Ticket.objects.visible_to(staff).filter(customer_id=ticket.customer_id)
    others = others.filter(merged_into__isnull=True, parent__isnull=True)
    others = others.exclude(pk=ticket.pk).exclude(status_category="closed").select_related("status")
    context = {"ticket": ticket, "others": others.order_by("-last_activity_at", "-pk")[:10], "error": error}
    context |= {"base": f"/tickets/{ticket.number}/", "into": request.POST.get("into", "")}
    return render(request, "tickets/_merge.html", context, status=422 if error else 200)


@desk(permission=MERGE)
@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, number: str) -> HttpResponse:
    """Choose messages that are about another matter; they get a ticket of their own."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    error = ""
    chosen = [pk for pk in map(number_in, request.GET.getlist("message")) if pk is not None]
    if request.method == "POST":
        chosen = numbers_in(request.POST.getlist("messages"))
        try:
            fresh = split_ticket(
                ticket.pk, chosen, subject=request.POST.get("subject", "").strip(), by=actor_of(request)
            )
            return _go(request, fresh.number, _("Split off into %(number)s") % {"number": fresh.number})
        except Refused as refusal:
            error = sentence(refusal)
    messages = Message.objects.filter(ticket_id=ticket.pk, withdrawn_at__isnull=True).defer("html").order_by("-pk")[:50]
    first = next((message for message in messages if message.pk in chosen), None)
    context = {
        "ticket": ticket,
        "base": f"/tickets/{ticket.number}/",
        "messages_of_ticket": messages,
        "chosen": chosen,
        "error": error,
        "subject": request.POST.get("subject") or (first.subject if first else ""),
    }
    return render(request, "tickets/_split.html", context, status=422 if error else 200)


@desk(permission=EDIT)
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, number: str) -> HttpResponse:
    """Tie this ticket to another one."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            target = parse_number(form.cleaned_data["target"])
            link_tickets(ticket.pk, target, kind=form.cleaned_data["kind"], by=actor_of(request))
            return with_event(changed(request, number, _("Linked")), "dialogClose", True)
        except Refused as refusal:
            form.add_error("target", sentence(refusal))
    context = {"ticket": ticket, "form": form, "base": f"/tickets/{ticket.number}/"}
    return render(request, "tickets/_link.html", context, status=422 if form.errors else 200)


@desk(permission=EDIT)
@require_POST
def unlink(request: HttpRequest, number: str, link_id: int) -> HttpResponse:
    """Untie two tickets."""
    ticket_id = visible_id(staff_of(request), number)
    if TicketLink.objects.filter(pk=int(link_id), source_id=ticket_id).exists():
        unlink_tickets(int(link_id), by=actor_of(request))
    return with_event(changed(request, number, _("Link removed")), "context:changed", True)


@desk(permission=VIEW_TEAM)
@require_GET
def printed(request: HttpRequest, number: str) -> HttpResponse:
    """The whole conversation on paper: no columns, no controls; notes are left out unless asked for."""
    from tickets.selectors.conversation import conversation_of

    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    items: list[Any] = []
    before: int | None = None
    for _part in range(50):
        talk = conversation_of(ticket, staff, before=before)
        items = [*talk.items, *items]
        before = talk.earlier
        if before is None:
            break
    with_notes = request.GET.get("notes") == "1"
    shown = [item for item in items if item.look in {"letter", "bubble"} or (with_notes and item.look == "note")]
    return render(request, "tickets/print.html", {"ticket": ticket, "items": shown, "with_notes": with_notes})


# --- Opening a ticket for a customer ---------------------------------------------------------------------------------
@desk(permission=CREATE)
@require_http_methods(["GET", "POST"])
def new_ticket(request: HttpRequest) -> HttpResponse:
    """The form of a new ticket, and what it makes."""
    staff = staff_of(request)
    initial: dict[str, Any] = {"mine": True}
    known = _known_customer(request.GET.get("customer"))
    if known is not None:
        identity = known.identities.order_by("-is_primary", "pk").first()
        address = shown_address(identity.value, staff.can(CUSTOMER_UNMASK)) if identity else ""
        initial |= {"name": known.name, "address": address, "customer": known.pk}
    form = NewTicketForm(request.POST or None, staff=staff, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            ticket = _start(request, form.cleaned_data, known)
            return redirect(f"/tickets/{ticket.number}/")
        except Refused as refusal:
            for name, words in refusal.fields.items() or [("", refusal.message)]:
                form.add_error(name if name in form.fields else None, str(words))
    context = {"form": form, "rail_current": "tickets", "customer": known}
    return render(request, "tickets/new.html", context, status=422 if form.errors else 200)


def _known_customer(value: str | None) -> Customer | None:
    pk = number_in(value)
    return Customer.objects.filter(pk=pk, merged_into__isnull=True).first() if pk else None


def _identity(address: str, customer: Customer | None) -> Known:
    """What was typed; the masked address of the customer from whose page one came stands for the whole one."""
    if HIDDEN in address and customer is not None:
        for identity in customer.identities.order_by("-is_primary", "pk"):
            if shown_address(identity.value, False) == address.strip():
                return Known(identity.kind, identity.value, identity.scope)
    known = email(address) if "@" in address else phone(address, region=settings.DEFAULT_PHONE_REGION)
    if known is None:
        raise Invalid(fields={"address": _("Enter an e-mail address or a phone number.")})
    return known


@transaction.atomic
def _start(request: HttpRequest, data: dict[str, Any], customer_of_page: Customer | None) -> Ticket:
    """Find or make the customer, then open the ticket, in one transaction."""
    by, known = actor_of(request), _identity(data["address"], customer_of_page)
    customer = resolve_customer([known], by=by, name=data["name"])
    is_message = data["mode"] == "message"
    return start_ticket(
        customer=customer,
        account=data["account"],
        team=data["team"],
        subject=data["subject"],
        reply=Reply(text=data["text"], account=_sending(data["account"]), undo=True) if is_message else None,
        note="" if is_message else data["text"],
        by=by,
        address=known.value if known.kind == "email" else "",
        priority=data["priority"],
        owner=staff_of(request) if data["mine"] else None,
    )


def _sending(account: Any) -> Any:
    """The chosen account when it brings messages to the customer, else whatever reaches them."""
    from tickets.outgoing import ADDRESS_KIND

    return account if account.kind in ADDRESS_KIND else None
