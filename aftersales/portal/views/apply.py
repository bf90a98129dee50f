"""Apply in three steps: which thing, what for, and why; each is an address of its own, so the browser's back button works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.claims.models import Claim, ClaimKind, Reason, Verdict
from aftersales.policy.calc import Judgement
from aftersales.portal.applying import (
    SOURCE,
    Applied,
    apply_for,
    external_id_of,
    facts_applied,
    identity_of,
    judge_facts,
)
from aftersales.portal.forms import ApplicationForm, answers_of, wishes_within
from aftersales.portal.offers import (
    QUESTIONS,
    REASONS,
    Offer,
    facts_of,
    fingerprint,
    kinds_for,
    offers_for,
    questions_for,
    shown_verdict,
    sources_of,
)
from aftersales.portal.things import Bought, Thing, bought_page, find_thing, registered_of, thing_of_registered
from aftersales.warranty.selectors import warranties_of
from helpdesk.core import clock, throttle
from helpdesk.core.errors import Invalid, NotFound, Refused, TooMany
from helpdesk.core.secrets import new_token
from helpdesk.core.uploads import file_limits
from helpdesk.customers.access import CustomerRequest, customer_page
from helpdesk.customers.models import Customer, Product
from helpdesk.customers.sessions import session_of
from tickets.portal import missing

# A person does not apply more often than this; a script does.
APPLICATIONS_PER_TEN_MINUTES = 10
MOST_REGISTERED = 20


@require_GET
@customer_page
def choose_thing(request: CustomerRequest) -> HttpResponse:
    """Step 1: the things that the customer bought or registered, each with its warranty and what it can be applied for."""
    text, cursor = request.GET.get("q", "")[:80], request.GET.get("cursor")
    try:
        bought, following = bought_page(request.customer, cursor=cursor, text=text)
    except Invalid:
        # a page address that makes no sense begins at the first page
        (bought, following), cursor = bought_page(request.customer, text=text), None
    query = request.GET.copy()
    query["cursor"] = following or ""
    context = {
        "bought": _shown_orders(bought),
        "registered": [] if cursor or text else _shown_registered(request),
        "q": text,
        "next_url": f"{request.path}?{query.urlencode()}" if following else "",
        "place": "apply",
    }
    is_more = request.headers.get("HX-Request") == "true" and cursor
    return render(request, f"aftersales/portal/{'_bought' if is_more else 'apply_thing'}.html", context)


def _shown_orders(bought: list[Bought]) -> list[dict[str, Any]]:
    now = clock.now()
    shown = []
    for entry in bought:
        lines = [thing.as_claimed() for thing in entry.things]
        covers = warranties_of(lines, now)
        things = [
            {"thing": thing, "warranty": covers.get((line.product_id, line.serial))}
            for thing, line in zip(entry.things, lines, strict=True)
        ]
        shown.append({"order": entry.order, "things": things})
    return shown


def _shown_registered(request: CustomerRequest) -> list[dict[str, Any]]:
    rows = registered_of(request.customer).filter(order_line__isnull=True).order_by("-pk")[:MOST_REGISTERED]
    things = [thing_of_registered(row) for row in rows]
    lines = [thing.as_claimed() for thing in things]
    covers = warranties_of(lines, clock.now())
    return [
        {"thing": thing, "warranty": covers.get((line.product_id, line.serial))}
        for thing, line in zip(things, lines, strict=True)
    ]


@require_GET
@customer_page
def choose_kind(request: CustomerRequest, key: str) -> HttpResponse:
    """Step 2: what can be had for this thing, with the policy's verdict on each kind, what is refused with its reason."""
    try:
        thing = find_thing(request.customer, key)
    except NotFound:
        return missing(request)
    now = clock.now()
    offers = offers_for(facts_of(request.customer, thing, now), kinds_for(thing))
    sources = sources_of(offer.judged for offer in offers)
    line = thing.as_claimed()
    context = {
        "thing": thing,
        "warranty": warranties_of([line], now).get((line.product_id, line.serial)),
        "offers": [{"offer": offer, "judged": shown_verdict(offer.judged, sources)} for offer in offers],
        "open_claims": _open_claims(thing),
        "place": "apply",
    }
    return render(request, "aftersales/portal/apply_kind.html", context)


def _open_claims(thing: Thing) -> list[Claim]:
    """The claims that are open for this thing, so that nobody applies twice without knowing."""
    if thing.line is None:
        return []
    mine = Claim.objects.of_customer(thing.line.order.customer).open()
    return list(mine.filter(lines__order_line=thing.line).order_by("-pk")[:3])


@require_http_methods(["GET", "POST"])
@customer_page
def fill_in(request: CustomerRequest, key: str, kind: str) -> HttpResponse:
    """Step 3: why, with photos; the verdict follows the answers and is seen before it is sent."""
    try:
        thing = find_thing(request.customer, key)
    except NotFound:
        return missing(request)
    if kind not in kinds_for(thing):
        return HttpResponseRedirect(reverse("portal_apply_kind", args=[thing.key]))
    if request.method == "POST":
        return _sent(request, thing, kind)
    if request.headers.get("HX-Request") == "true":
        return _judged_anew(request, thing, kind)
    offer = _offer(request, thing, kind)
    reason = request.GET.get("reason", "")
    reason = reason if reason in REASONS[kind] else offer.reason
    initial = {
        "token": new_token(18),
        "reason": reason,
        "quantity": 1,
        "words": request.GET.get("words", "")[:500],
    }
    form = ApplicationForm(kind=kind, thing=thing, initial=initial)
    return _form_page(request, form, Applied(thing, kind, reason, ""), has_photos=False)


def _offer(request: CustomerRequest, thing: Thing, kind: str) -> Offer:
    return offers_for(facts_of(request.customer, thing, clock.now()), [kind])[0]


def _judged_anew(request: CustomerRequest, thing: Thing, kind: str) -> HttpResponse:
    """The part of the page that follows the answers: questions, verdict, and what the button says."""
    form = ApplicationForm(request.GET, kind=kind, thing=thing)
    applied = _unchecked(thing, kind, request.GET)
    context = _context(request, form, applied, has_photos=bool(request.GET.getlist("photos")))
    return render(request, "aftersales/portal/_answers.html", context | {"is_part": True})


def _unchecked(thing: Thing, kind: str, given: QueryDict) -> Applied:
    """What has been filled in so far, as far as it makes sense."""
    reason = given.get("reason", "")
    quantity = given.get("quantity", "")
    count = int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 4 else 1
    count = min(max(1, count), max(1, thing.available))
    values: dict[str, Any] = {name: given.get(name, "") for name in QUESTIONS} | {"quantity": count}
    price = given.get("price_now", "")
    if price.replace(".", "", 1).isascii() and price.replace(".", "", 1).isdigit() and len(price) < 12:
        values["price_now"] = Decimal(price)
    return Applied(
        thing,
        kind,
        reason if reason in REASONS[kind] else REASONS[kind][0],
        "",
        quantity=count,
        details=answers_of(values, kind, paid_each=_paid_each(thing)),
    )


def _paid_each(thing: Thing) -> Decimal:
    return thing.line.paid / thing.line.quantity if thing.line is not None else Decimal(0)


def _context(request: CustomerRequest, form: ApplicationForm, applied: Applied, *, has_photos: bool) -> dict[str, Any]:
    facts = facts_applied(request.customer, applied, has_photos=has_photos)
    judged = judge_facts(facts)
    return {
        "form": form,
        "thing": applied.thing,
        "kind": applied.kind,
        "kind_label": ClaimKind(applied.kind).label,
        "judged": shown_verdict(judged, sources_of([judged])),
        "seen": fingerprint(judged),
        "is_refused": judged.verdict == Verdict.REFUSED,
        "questions": [form[name] for name in questions_for(facts)],
        "wishes": wishes_within(applied.kind, judged.grant.outcomes),
        "limits": file_limits(),
        "place": "apply",
    }


def _form_page(
    request: CustomerRequest,
    form: ApplicationForm,
    applied: Applied,
    *,
    has_photos: bool,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = _context(request, form, applied, has_photos=has_photos) | more
    context["extras"] = [form[name] for name in form.extras]
    return render(request, "aftersales/portal/apply_form.html", context, status=status)


def _sent(request: CustomerRequest, thing: Thing, kind: str) -> HttpResponse:
    """Judge once more what was sent: a form that shows something else than what now applies is shown again, not taken."""
    form = ApplicationForm(request.POST, request.FILES, kind=kind, thing=thing)
    if not form.is_valid():
        applied = _unchecked(thing, kind, request.POST)
        return _form_page(request, form, applied, has_photos=bool(request.FILES), status=422)
    values = form.cleaned_data
    applied = Applied(
        thing,
        kind,
        values["reason"],
        values["token"],
        quantity=values["quantity"],
        words=values["words"].strip(),
        details=answers_of(values, kind, paid_each=_paid_each(thing)),
        photos=values["photos"],
        replacement_id=values.get("replacement"),
    )
    judged = judge_facts(facts_applied(request.customer, applied, has_photos=bool(applied.photos)))
    wishes = wishes_within(kind, judged.grant.outcomes)
    applied = replace(applied, outcome=values["outcome"] if values["outcome"] in wishes else "")
    again = _look_again(form, judged, applied, request.customer)
    if again:
        return _form_page(request, form, applied, has_photos=bool(applied.photos), status=422, form_error=again)
    return _opened(request, form, applied)


def _look_again(form: ApplicationForm, judged: Judgement, applied: Applied, customer: Customer) -> str:
    """Why the form is not taken yet although nothing in it is wrong."""
    known = Claim.objects.filter(source=SOURCE, external_id=external_id_of(customer, applied)).exists()
    if not known and form.cleaned_data["seen"] != fingerprint(judged):
        return _("Something else applies to your answers than what the page showed. Look at it, then send again.")
    if judged.verdict == Verdict.REFUSED and not applied.words:
        form.add_error("words", _("Tell us why we should look at it all the same."))
        return _("The rules do not allow this. A person looks at it when you tell us why.")
    return ""


def _opened(request: CustomerRequest, form: ApplicationForm, applied: Applied) -> HttpResponse:
    session = session_of(request)
    assert session is not None, "the page is for customers who are signed in"
    try:
        throttle.limit(f"portal-apply:{request.customer.pk}", APPLICATIONS_PER_TEN_MINUTES, per=timedelta(minutes=10))
        claim = apply_for(
            request.customer,
            identity_of(request.customer, session.identity),
            applied,
            text=_text(applied),
            subject=_subject(applied),
            language="zh" if (get_language() or "").startswith("zh") else "en",
        )
    except TooMany as refusal:
        response = _refused_page(request, form, applied, refusal)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    except Refused as refusal:
        return _refused_page(request, form, applied, refusal)
    return HttpResponseRedirect(f"{reverse('portal_claim', args=[claim.number])}?new=1")


def _refused_page(request: CustomerRequest, form: ApplicationForm, applied: Applied, refusal: Refused) -> HttpResponse:
    photos_error = str(refusal.fields.get("files", ""))
    if photos_error:
        form.add_error("photos", photos_error)
    others = " ".join(str(words) for name, words in refusal.fields.items() if name != "files")
    said = others or ("" if photos_error else str(refusal))
    status = 422 if isinstance(refusal, Invalid) else refusal.status
    return _form_page(request, form, applied, has_photos=bool(applied.photos), status=status, form_error=said)


def _subject(applied: Applied) -> str:
    return f"{ClaimKind(applied.kind).label}: {applied.thing.product.label}"[:150]


def _text(applied: Applied) -> str:
    """What stands in the conversation, in the language in which the customer applied."""
    thing = applied.thing
    what = thing.product.label if applied.quantity == 1 else f"{thing.product.label} × {applied.quantity}"
    lines = [f"{ClaimKind(applied.kind).label}: {what}"]
    if thing.order is not None:
        lines.append(_("Order: %(order)s") % {"order": thing.order.number})
    if thing.serial:
        lines.append(_("Serial number: %(serial)s") % {"serial": thing.serial})
    if len(REASONS[applied.kind]) > 1:
        lines.append(_("Reason: %(reason)s") % {"reason": Reason(applied.reason).label})
    if applied.replacement_id is not None:
        other = Product.objects.filter(pk=applied.replacement_id).first()
        lines.append(_("In exchange for: %(product)s") % {"product": other.label if other else ""})
    if count := len(applied.photos):
        lines.append(ngettext("%(n)s photo", "%(n)s photos", count) % {"n": count})
    return "\n".join(lines) + (f"\n\n{applied.words}" if applied.words else "")
