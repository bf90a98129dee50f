"""The demo's mailbox: mail that would have left, per address, safe to read, and answered as the customer by real SMTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_app.email.demo_sink import (
    NotPosted,
    answer_as_customer,
    read_sink_mail,
    sink_addresses,
    write_as_customer,
)
from channels_app.email.quoting import split_reply
from channels_app.email.showing import protect, safe_page
from channels_app.models import SinkMail

View = Callable[..., HttpResponse]
_SHOWN = 60
_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class AnswerForm(forms.Form):
    """What the customer answers."""

    text = forms.CharField(
        label=gettext_lazy("Answer"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6, "class": "input"})
    )


class WriteForm(forms.Form):
    """A new mail to the company, as anybody."""

    address = forms.EmailField(label=gettext_lazy("From"), max_length=200)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8, "class": "input"})
    )


def demo_only(view: View) -> View:
    """Pages that exist in demo mode only, and are never kept by browsers."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


@demo_only
@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """Who has mail, and the mails of the chosen address (or of all), the newest first."""
    address = request.GET.get("address", "").replace("\x00", "").lower()[:320]
    mails = SinkMail.objects.defer("raw").order_by("-pk")
    context = {
        "addresses": sink_addresses(),
        "address": address,
        "mails": (mails.filter(address=address) if address else mails)[:_SHOWN],
    }
    return render(request, "portal/mailbox.html", context)


@demo_only
@require_GET
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail as its recipient reads it, with a form to answer."""
    return _show(request, get_object_or_404(SinkMail, pk=mail_id), AnswerForm())


def _show(request: HttpRequest, found: SinkMail, form: AnswerForm, status: int = 200) -> HttpResponse:
    read = read_sink_mail(found)
    parts = split_reply(read.body)
    context = {
        "mail": found,
        "read": read,
        "text": parts.reply or read.body,
        "quoted": "\n\n".join(part for part in (parts.signature, parts.quoted) if part),
        "form": form,
        "files": [
            {"nth": nth, "name": item.name, "size": item.size}
            for nth, item in enumerate(read.attachments)
            if not item.is_inline
        ],
    }
    return render(request, "portal/mailbox_mail.html", context, status=status)


@demo_only
@require_POST
def answer(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Send the answer by SMTP to our own listener, as the recipient's mail program would."""
    found = get_object_or_404(SinkMail, pk=mail_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        answer_as_customer(found, form.cleaned_data["text"])
    except NotPosted:
        form.add_error(None, _("The mail listener did not take the mail. Try again in a moment; your text is kept."))
        return _show(request, found, form, status=503)
    messages.success(request, _("Sent. The answer is on its way to the desk."))
    return HttpResponseRedirect(reverse("demo_mailbox") + "?" + urlencode({"address": found.address}))


@demo_only
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write to the company as anybody."""
    form = WriteForm(request.POST or None, initial={"address": request.GET.get("address", "")[:200]})
    status = 200
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            write_as_customer(values["address"], values["name"], values["subject"], values["text"])
        except NotPosted:
            form.add_error(
                None, _("The mail listener did not take the mail. Try again in a moment; your text is kept.")
            )
            status = 503
        else:
            messages.success(request, _("Sent. The mail is on its way to the desk."))
            return HttpResponseRedirect(
                reverse("demo_mailbox") + "?" + urlencode({"address": values["address"].lower()})
            )
    elif request.method == "POST":
        status = 422
    return render(request, "portal/mailbox_write.html", {"form": form}, status=status)


@demo_only
@require_GET
def mail_html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The mail's HTML in its frame; its own pictures are shown, nothing is fetched from elsewhere."""
    found = get_object_or_404(SinkMail, pk=mail_id)
    read = read_sink_mail(found)
    cid_urls = {
        item.content_id: reverse("demo_mail_file", args=[found.pk, nth])
        for nth, item in enumerate(read.attachments)
        if item.content_id
    }
    return safe_page(read.html or "", cid_urls=cid_urls, with_pictures=False, pictures_url=request.path)


@demo_only
@require_GET
def mail_file(request: HttpRequest, mail_id: int, nth: int) -> HttpResponse:
    """One file of a mail; pictures may be shown, all else is saved."""
    read = read_sink_mail(get_object_or_404(SinkMail, pk=mail_id))
    if nth >= len(read.attachments):
        raise Http404
    item = read.attachments[nth]
    is_inline = item.content_type in _INLINE
    response = HttpResponse(item.data, content_type=item.content_type if is_inline else "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(not is_inline, item.name or "file") or "attachment"
    return protect(response, "default-src 'none'; sandbox")
