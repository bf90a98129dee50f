"""A mail's HTML as a page of its own that can do nothing: for the sandboxed frame of the conversation."""

from __future__ import annotations

import html as html_entities
from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _

from channels_app.email.image_proxy import sign
from channels_app.email.sanitise import sanitise_html

# No script whatever the mail says; inline looks only; pictures through us. allow-same-origin without allow-scripts lets the
# page around it measure its height and our own pictures be fetched with the reader's session.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_STYLE = (
    "body{margin:0;font:15px/1.6 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "color:#1c2430;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}"
    "img[data-blocked],img[data-missing]{min-width:24px;min-height:24px;background:#eef0f3;border-radius:4px}"
    ".hd-pictures{margin:0 0 12px;padding:8px 12px;background:#f1f3f6;border-radius:8px;font-size:13px}"
)


def proxied(url: str) -> str:
    """The address under which our own server shows a picture from elsewhere."""
    return "/proxy/image/?" + urlencode({"u": url, "s": sign(url)})


def safe_page(html: str, *, cid_urls: Mapping[str, str], with_pictures: bool, pictures_url: str) -> HttpResponse:
    """The page with its own policy. Pictures from elsewhere load (through the proxy) only `with_pictures`; else a line
    on top offers it at `pictures_url`."""
    body = sanitise_html(html, cid_url=cid_urls, image_proxy=proxied if with_pictures else None)
    offer = ""
    if not with_pictures and "data-blocked" in body:
        shown = html_entities.escape(_("Pictures from elsewhere are not loaded."))
        asked = html_entities.escape(_("Show pictures"))
        link = f'<a href="{html_entities.escape(pictures_url)}">{asked}</a>'
        offer = f'<p class="hd-pictures">{shown} {link}</p>'
    page = (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light">'
        f'<meta name="referrer" content="no-referrer"><title>{html_entities.escape(_("Mail"))}</title>'
        f"<style>{_STYLE}</style></head><body>{offer}{body}</body></html>"
    )
    return protect(HttpResponse(page, content_type="text/html; charset=utf-8"), POLICY)


def protect(response: HttpResponse, policy: str) -> HttpResponse:
    """Headers of a page whose content a stranger wrote."""
    response["Content-Security-Policy"] = policy
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
