"""The warehouse: one field for whatever a scanner reads, what waits, and the work on one claim, on a phone as on a screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersales.claims.access import parse_number
from aftersales.claims.errors import ClaimChanged
from aftersales.claims.machines import Party
from aftersales.claims.models import Claim
from aftersales.claims.possible import Possible, possible_moves
from aftersales.claims.services.moving import move_claim
from aftersales.forms.moves import MoveForm
from aftersales.parcels.choices import ParcelDirection
from aftersales.parcels.selectors import open_problems, parcels_told, strays
from aftersales.parcels.services.announcing import announce_parcel
from aftersales.parcels.services.problems import close_problem
from aftersales.parcels.services.receiving import take_in
from aftersales.selectors.claim_page import lines_of, visible_claim
from aftersales.selectors.warehouse import TABS, counts, found_by_scan, read_place, waiting
from aftersales.words import address_words
from helpdesk.accounts.desk import actor_of, desk, is_htmx, sentence, staff_of
from helpdesk.accounts.permissions import GOODS_HANDLE
from helpdesk.core.errors import NotFound, Refused

LISTED = ("incoming", "inspect", "dispatch", "redirect")


@desk(permission=GOODS_HANDLE)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """`/warehouse/?tab=inspect`: what waits. `?q=` is what was scanned: one claim is opened, several are listed."""
    staff, asked = staff_of(request), request.GET.get("q", "")
    found = found_by_scan(staff, asked) if asked.strip() else []
    if len([one for one in found if one.is_open]) == 1 or len(found) == 1:
        return redirect(f"/warehouse/{found[0].number}/")
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "incoming"
    context: dict[str, Any] = {"tab": tab, "asked": asked.strip()[:100], "rail_current": "warehouse"}
    if asked.strip():
        context |= {"rows": found}
    elif tab in LISTED:
        page = waiting(staff, tab, read_place(request.GET.get("after")))
        query = urlencode({"tab": tab, "after": page.next})
        context |= {"rows": page.rows, "next_url": f"/warehouse/?{query}" if page.next else ""}
    elif tab == "problems":
        context["problems"] = open_problems()
    else:
        context["strays"] = strays()
    known = counts()
    context["tabs"] = [
        {
            "label": label,
            "url": f"/warehouse/?tab={key}",
            "count": known.get(key, ""),
            "is_current": key == tab and not asked.strip(),
        }
        for key, label in TABS.items()
    ]
    context["here"] = request.get_full_path()
    return render(request, "warehouse/_rows.html" if is_htmx(request) else "warehouse/overview.html", context)


@desk(permission=GOODS_HANDLE)
@require_GET
def work(request: HttpRequest, claim: str) -> HttpResponse:
    """`/warehouse/AS-1/`: what is to be done with the goods of a claim."""
    return _work_page(request, visible_claim(staff_of(request), claim))


def _work_page(request: HttpRequest, claim: Claim, form: MoveForm | None = None) -> HttpResponse:
    lines = lines_of(claim)
    told = parcels_told(claim)
    receives = claim.state in {"awaiting_goods", "returning"}
    context = {
        "claim": claim,
        "lines": lines,
        "parcels": told,
        # goods whose claim has gone on are taken in by themselves
        "late": [one.parcel for one in told if one.parcel.is_open and one.parcel.direction == "back" and not receives],
        "cards": [
            {"move": one.move, "obstacle": one.obstacle, "form": _form(claim, one, form)}
            for one in _moves(request, claim)
        ],
        "address": _address(claim),
        "rail_current": "warehouse",
    }
    return render(request, "warehouse/work.html", context, status=422 if form is not None and form.errors else 200)


def _moves(request: HttpRequest, claim: Claim) -> list[Possible]:
    """The moves that the warehouse makes from here, the usual one first."""
    found = [one for one in possible_moves(claim, actor_of(request)) if Party.WAREHOUSE in one.move.by]
    return sorted(found, key=lambda one: (bool(one.obstacle), not one.move.is_main))


def _form(claim: Claim, one: Possible, sent: MoveForm | None) -> MoveForm | None:
    if sent is not None and sent.move is one.move:
        return sent
    return None if one.obstacle else photographing(MoveForm(claim, one.move))


def photographing(form: MoveForm) -> MoveForm:
    """A phone offers its camera for the files of a form."""
    if "files" in form.fields:
        form.fields["files"].widget.attrs["accept"] = "image/*"
    return form


def _address(claim: Claim) -> str:
    """Where goods of a claim go: what the claim says, else where the order went."""
    if said := address_words(claim.details.get("redirect")) or address_words(claim.details.get("address")):
        return said
    shipping = claim.order.shipping if claim.order and isinstance(claim.order.shipping, dict) else {}
    parts = [shipping.get(name) for name in ("name", "phone", "province", "city", "address")]
    return " ".join(str(part) for part in parts if isinstance(part, str | int) and part)


@desk(permission=GOODS_HANDLE)
@require_POST
def move(request: HttpRequest, claim: str, name: str) -> HttpResponse:
    """`/warehouse/AS-1/receive/`: make a move of the warehouse's."""
    found = visible_claim(staff_of(request), claim)
    step = found.machine.find(name, found.state)
    if step is None or Party.WAREHOUSE not in step.by:
        messages.warning(request, _("Somebody moved this claim meanwhile. This is how it stands now."))
        return redirect(f"/warehouse/{found.number}/")
    lines_of(found)
    form = photographing(MoveForm(found, step, request.POST, request.FILES))
    if form.is_valid():
        try:
            moved = move_claim(
                found.pk,
                name,
                by=actor_of(request),
                arguments=form.arguments(),
                row_version=form.cleaned_data["row_version"],
            )
        except ClaimChanged:
            messages.warning(request, _("Somebody moved this claim meanwhile. This is how it stands now."))
            return redirect(f"/warehouse/{found.number}/")
        except NotFound:
            raise
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            words = _("%(number)s: %(state)s") % {"number": moved.number, "state": moved.place.label}
            messages.success(request, words)
            return redirect(
                f"/warehouse/{moved.number}/" if moved.place.waits_for == Party.WAREHOUSE else "/warehouse/"
            )
    return _work_page(request, found, form)


@desk(permission=GOODS_HANDLE)
@require_POST
def take_in_parcel(request: HttpRequest, parcel_id: int) -> HttpResponse:
    """`/warehouse/parcels/1/take-in/`: goods of a claim that has gone on."""
    parcel = take_in(parcel_id, by=actor_of(request))
    assert parcel.claim is not None, "only parcels of claims come to us"
    messages.success(request, _("Parcel %(number)s is received.") % {"number": parcel.number})
    return redirect(f"/warehouse/{parcel.claim.number}/")


@desk(permission=GOODS_HANDLE)
@require_POST
def close(request: HttpRequest, problem_id: int) -> HttpResponse:
    """`/warehouse/problems/1/close/`: somebody has looked at it."""
    return _back(
        request,
        "/warehouse/?tab=problems",
        _("Closed."),
        lambda: close_problem(problem_id, request.POST.get("words", ""), by=actor_of(request)),
    )


@desk(permission=GOODS_HANDLE)
@require_POST
def claim_stray(request: HttpRequest) -> HttpResponse:
    """`/warehouse/numbers/`: say to which claim an unknown number belongs."""

    def call() -> None:
        claim = visible_claim(staff_of(request), str(parse_number(request.POST.get("claim", ""))))
        given = {"carrier": request.POST.get("carrier", ""), "number": request.POST.get("number", "")}
        announce_parcel(claim.pk, given, ParcelDirection.BACK, by=actor_of(request))

    return _back(request, "/warehouse/?tab=strays", _("The parcel belongs to the claim now."), call)


def _back(request: HttpRequest, url: str, words: str, call: Any) -> HttpResponse:
    """Do one thing and go back, or say there why not."""
    try:
        call()
    except NotFound:
        messages.error(request, _("There is no such claim."))
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, words)
    return redirect(url)
