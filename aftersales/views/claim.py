"""A claim's page: what it is, why the policy decides so, how far it has come, and a form for each move."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.claims.errors import ClaimChanged, MoveNotPossible
from aftersales.claims.models import Claim
from aftersales.claims.possible import Possible, possible_moves, suggestion, usual_move, waits_for
from aftersales.claims.progress import progress_of
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.claims.services.moving import move_claim
from aftersales.compensation.limits import bounds_of
from aftersales.forms.moves import LAZY, MoveForm
from aftersales.forms.repeating import let_through
from aftersales.selectors.claim_page import (
    clocks_of,
    files_of,
    judged_by,
    lines_of,
    move_lines,
    moves_of,
    visible_claim,
)
from aftersales.words import detail_lines, quote_lines, rule_lines
from helpdesk.accounts.desk import actor_of, desk, is_htmx, staff_of, targets, with_event, with_toast
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound, Refused
from tickets.access import can_see as can_see_ticket
from tickets.panels import draw

SLOT = "claim.page"


@desk
@require_GET
def claim_detail(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/`: the page; htmx asks for its content alone (`?part=` is not needed: the target says so)."""
    claim = visible_claim(staff_of(request), number)
    return _page(request, claim)


@desk
@require_GET
def claim_panels(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/panels/`: what the other rooms have to say of it, which the page asks for when it is there (a page of its own
    without script)."""
    staff = staff_of(request)
    claim = visible_claim(staff, number)
    context = {
        "claim": claim,
        "ticket": claim.ticket,
        "base": f"/claims/{claim.number}/",
        "panels": draw(SLOT, {"claim": claim, "staff": staff, "ticket": claim.ticket}),
        "rail_current": "claims",
    }
    return render(request, "aftersales/_panels.html" if is_htmx(request) else "aftersales/panels.html", context)


def _page(request: HttpRequest, claim: Claim, form: MoveForm | None = None) -> HttpResponse:
    context = page_context(request, claim, form)
    template = "aftersales/_claim.html" if is_htmx(request) else "aftersales/claim_detail.html"
    return render(request, template, context, status=422 if form is not None and form.errors else 200)


def page_context(request: HttpRequest, claim: Claim, form: MoveForm | None = None) -> dict[str, Any]:
    """Everything that the page shows. `form` is a move's that came back with errors; its card is open."""
    staff = staff_of(request)
    lines, moves = lines_of(claim), moves_of(claim)
    judged = judged_by(claim)
    limit = limit_for(claim, Actor.of_staff(staff))
    opened = form.move.name if form is not None else request.GET.get("move", "")
    return {
        "claim": claim,
        "ticket": claim.ticket,
        "base": f"/claims/{claim.number}/",
        "may_open_ticket": can_see_ticket(Actor.of_staff(staff), claim.ticket),
        "lines": lines,
        "steps": progress_of(claim, moves),
        "history": move_lines(claim, moves),
        "cards": move_cards(claim, staff, opened, form, limit),
        "details": detail_lines(claim),
        "quote": quote_lines(claim),
        "suggestion": suggestion(claim, limit),
        "waits_for": waits_for(claim),
        "judged": judged,
        "rule": rule_lines(judged.rule) if judged.rule else None,
        "may_set_up": staff.can(AFTERSALES_MANAGE),
        "may_work": staff.can(CLAIM_WORK),
        "files": files_of(claim),
        "clocks": clocks_of(claim),
        "rail_current": "claims",
    }


def limit_for(claim: Claim, by: Actor) -> Decimal | None:
    """How far the person decides alone; asked only while there is something to decide."""
    return bounds_of(by).refund if claim.state == "submitted" else None


def move_cards(
    claim: Claim, staff: Staff, opened: str, form: MoveForm | None = None, limit: Decimal | None = None
) -> list[dict[str, Any]]:
    """The moves of this person, each with its form; the suggested one, or the one asked for, stands open."""
    found = possible_moves(claim, Actor.of_staff(staff), limit)
    usual = usual_move(claim, found, limit)
    opened = opened if any(one.name == opened for one in found) else usual
    return [
        {
            "possible": one,
            "form": form if form is not None and form.move is one.move else card_form(claim, one),
            "is_lazy": not one.obstacle and not LAZY.isdisjoint(one.move.asks),
            "is_open": one.name == opened,
            "is_usual": one.name == usual,
        }
        for one in found
    ]


def card_form(claim: Claim, one: Possible) -> MoveForm | None:
    """The form on the page; what is costly to draw opens in the dialog."""
    return move_form(claim, one) if LAZY.isdisjoint(one.move.asks) else None


def move_form(claim: Claim, one: Possible) -> MoveForm | None:
    """No form for what cannot be done anyway."""
    return None if one.obstacle else MoveForm(claim, one.move)


@desk
@require_http_methods(["GET", "POST"])
def claim_move(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """`/claims/AS-1/moves/approve/`: the move's form (in the desk's dialog for htmx, else on the claim's page), and the move."""
    claim = visible_claim(staff_of(request), number)
    move = claim.machine.find(name, claim.state)
    if request.method == "GET":
        if not is_htmx(request) and (move is None or LAZY.isdisjoint(move.asks)):
            return redirect(f"/claims/{claim.number}/?move={name}#moves")
        found = [one for one in possible_moves(claim, actor_of(request)) if one.name == name]
        if not found:
            raise NotFound
        return _dialog(request, claim, found[0], move_form(claim, found[0]))
    if move is None:
        return _gone(request, claim)
    lines_of(claim)
    form = MoveForm(claim, move, request.POST, request.FILES)
    if form.is_valid():
        try:
            moved = move_claim(
                claim.pk,
                name,
                by=actor_of(request),
                arguments=form.arguments(),
                row_version=form.cleaned_data["row_version"],
            )
        except ClaimChanged as refusal:
            let_through(form, "row_version", refusal.data["row_version"])
            form.add_refusal(refusal)
        except MoveNotPossible:
            return _gone(request, claim)
        except NotFound:
            raise
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return _moved(request, claim, str(move.label), moved)
    if targets(request, "desk-dialog-body"):
        return _dialog(request, claim, Possible(move), form)
    return _page(request, claim, form)


def _dialog(request: HttpRequest, claim: Claim, one: Possible, form: MoveForm | None) -> HttpResponse:
    context = {"claim": claim, "one": one, "form": form, "base": f"/claims/{claim.number}/", "judged": judged_by(claim)}
    status = 422 if form is not None and form.errors else 200
    template = "aftersales/_move_dialog.html" if is_htmx(request) else "aftersales/move.html"
    return render(request, template, context | {"rail_current": "claims"}, status=status)


def _moved(request: HttpRequest, claim: Claim, label: str, moved: Claim) -> HttpResponse:
    words = _("%(number)s: %(state)s") % {"number": moved.number, "state": moved.place.label}
    if targets(request, "desk-dialog-body"):
        response = with_event(HttpResponse(), "dialogClose", True)
        return with_toast(with_event(response, "context:changed", True), words, kind="success")
    if is_htmx(request):
        return with_toast(_page(request, visible_claim(staff_of(request), claim.number)), words, kind="success")
    messages.success(request, words)
    return redirect(f"/claims/{claim.number}/")


def _gone(request: HttpRequest, claim: Claim) -> HttpResponse:
    """Somebody was faster, and the move is no longer there: the page as it stands now says so, with the words that were typed."""
    unsent = [request.POST[name].strip() for name in ("words", "note", "plan", "refusal") if request.POST.get(name)]
    if targets(request, "desk-dialog-body"):
        raise MoveNotPossible
    fresh = visible_claim(staff_of(request), claim.number)
    context = page_context(request, fresh) | {"unsent": [text[:MOST_WORDS] for text in unsent], "was_moved": True}
    template = "aftersales/_claim.html" if is_htmx(request) else "aftersales/claim_detail.html"
    return render(request, template, context, status=422)
