"""Mail HTML that may be shown: no scripts, no forms, nothing loaded from elsewhere unless the caller's proxy says so.

It is shown in a sandboxed frame from an address of its own besides; this is the first fence, that one the second.
"""

import html as html_entities
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

import nh3

from channels_app.email.markup import DROPPED, MAX_HTML, STRUCTURE, Token, tame, tokens
from channels_app.email.text import storable

_LAYOUT = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": _LAYOUT,
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "time": {"datetime"},
}
_STYLES = re.compile(
    r"^(?:color|background|background-color|font|font-(?:family|size|style|weight|variant)|line-height|letter-spacing|word-spacing|"
    r"text-(?:align|decoration|indent|transform|overflow)|text-decoration-(?:line|color|style)|vertical-align|white-space|word-break|"
    r"word-wrap|overflow-wrap|direction|unicode-bidi|display|(?:min-|max-)?(?:width|height)|"
    r"margin(?:-(?:top|right|bottom|left))?|padding(?:-(?:top|right|bottom|left))?|"
    r"border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-(?:collapse|spacing|radius)|"
    r"float|clear|list-style(?:-type|-position)?|table-layout|caption-side|empty-cells)$"
)
# A backslash hides any of these in CSS; a comment splits them.
_BAD_VALUE = re.compile(
    r"\\|/\*|url\s*\(|image(?:-set)?\s*\(|expression|javascript|vbscript|@import|behaviou?r|-moz-binding|var\s*\(|<|&#",
    re.I,
)
_DATA_IMAGE = re.compile(r"^data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*$", re.I)
_LINK = re.compile(r"^(?:https?://|mailto:|tel:|#)", re.I)
_REMOTE = re.compile(r"^(?:https?:)?//", re.I)
_URL_JUNK = re.compile(r"[\x00-\x20\x7f-\x9f\u200b\u2028\u2029\ufeff]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:\.\d+)?(?:px)?\s*(?:!important)?\s*(?:;|$)",
    re.I,
)
_MAX_DATA_URL = 1_500_000

UrlSource = Callable[[str], str | None] | Mapping[str, str] | None


def sanitise_html(
    html: str, *, cid_url: UrlSource = None, image_proxy: Callable[[str], str | None] | None = None
) -> str:
    """HTML safe to show.

    `cid_url` gives the address of an inline image by its content id (without angle brackets); `image_proxy` gives the address
    under which a remote image is shown. Without a proxy, or when it answers None, the image keeps its address in `data-src`
    and loads nothing. Links open apart and tell nothing of where they were; tracking pixels are gone.
    """
    clean = nh3.clean(
        tame(storable(html[:MAX_HTML])),
        tags=set(STRUCTURE),
        clean_content_tags=set(DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    if "<img" not in clean:
        return clean
    pieces: list[str] = []
    position = 0
    for token in tokens(clean):
        if token.kind == "start" and token.name == "img":
            pieces += (clean[position : token.start], _image(token, cid_url, image_proxy))
            position = token.end
    return "".join((*pieces, clean[position:]))


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return filter_style(value) or None
    if name == "href":
        url = _URL_JUNK.sub("", value)
        return url if _LINK.match(url) else None
    if name == "src":
        return _URL_JUNK.sub("", value)
    return value


def filter_style(style: str) -> str:
    """The declarations of an inline style that can only change looks: nothing loaded, nothing laid over the page."""
    kept = []
    for declaration in style[:20_000].split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if (
            value
            and _STYLES.match(name)
            and not _BAD_VALUE.search(value)
            and not (name.startswith("margin") and "-" in value)
        ):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _image(token: Token, cid_url: UrlSource, image_proxy: Callable[[str], str | None] | None) -> str:
    attributes = token.attributes
    source = attributes.pop("src", "")
    scheme = source[:5].lower()
    if scheme == "cid:" or source[:4].lower() == "cid:":
        url = _lookup(cid_url, source[4:])
        return _tag(attributes, {"src": url} if url else {"data-missing": "inline"})
    if scheme == "data:":
        is_safe = len(source) <= _MAX_DATA_URL and _DATA_IMAGE.match(source)
        return _tag(attributes, {"src": source} if is_safe else {"data-missing": "inline"})
    if not _REMOTE.match(source):
        return _tag(attributes, {}) if attributes.get("alt") else ""
    if _is_tracker(attributes):
        return ""
    source = f"https:{source}" if source.startswith("//") else source
    proxied = image_proxy(source) if image_proxy else None
    return _tag(attributes, {"src": proxied} if proxied else {"data-src": source, "data-blocked": "remote"})


def _lookup(cid_url: UrlSource, content_id: str) -> str | None:
    if cid_url is None:
        return None
    wanted = unquote(content_id).strip("<> ")
    if isinstance(cid_url, Mapping):
        return cid_url.get(wanted) or next((url for key, url in cid_url.items() if key.lower() == wanted.lower()), None)
    return cid_url(wanted)


def _is_tracker(attributes: dict[str, str]) -> bool:
    """True for a remote picture of at most 2 × 2, or a hidden one: it only tells that the mail was read."""
    sizes = [attributes.get(side, "").strip().removesuffix("px").strip() for side in ("width", "height")]
    if any(size in ("0", "1") for size in sizes) or all(size == "2" for size in sizes):
        return True
    return bool(_HIDDEN.search(attributes.get("style", "")))


def _tag(attributes: dict[str, str], extra: dict[str, str]) -> str:
    written = "".join(f' {name}="{html_entities.escape(value)}"' for name, value in {**extra, **attributes}.items())
    return f"<img{written}>"
