"""The same split for HTML: the elements by which clients mark a quotation, and the texts by which the others do."""

import re
from dataclasses import dataclass

from channels_app.email.markup import Token, normalise, tokens
from channels_app.email.quote_patterns import ATTRIBUTION, DEVICE_LINE, HEADER_LINE, SEPARATOR
from channels_app.email.text import words

_MAX_SIGNATURES = 50  # each costs a walk to its end
_KEPT = {
    "*": {"style", "class", "id", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "blockquote": {"type", "cite"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
}
# Elements that hold the quotation and nothing else.
_CONTAINER = re.compile(
    r"(?:^|\s)(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|yahoo-quoted-begin|protonmail_quote|zmail_extra|moz-forward-container|"
    r"ntes-pcmail-quote|ntes-mailmaster-quote|alimail-quote|lark-mail-quote|history-quote-wrapper|xm_mail_content_follow|quoted_text|"
    r"tutanota_quote|front-blockquote|hs_reply)(?:\s|$)",
    re.IGNORECASE,
)
_CONTAINER_ID = re.compile(
    r"^(?:yahoo_quoted_?\d*|isReplyContent|QQMailQuote.*|reply-intro|lark-mail-quote-.*|imail_quote)$", re.IGNORECASE
)
# Elements after which all is quotation.
_POINT_ID = re.compile(
    r"^(?:x_)*(?:appendonsend|divRplyFwdMsg|divNeteaseMailCard|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|stopSpelling)$",
    re.I,
)
_POINT = re.compile(
    r"(?:^|\s)(?:OutlookMessageHeader|moz-cite-prefix|gmail_attr|xm_mail_oringinal_describe|WPBZ_quote|__aliyun_previous\S*)(?:\s|$)",
    re.I,
)
_OUTLOOK_RULE = re.compile(
    r"border-top\s*:\s*(?:solid\s+#?(?:E1E1E1|B5C4DF|CCCCCC)|1(?:\.0)?pt\s+solid)", re.IGNORECASE
)
_BREAKING = frozenset(words("p div br li tr blockquote table hr h1 h2 h3 h4 ul ol includetail section article pre td"))
_SIGNATURE = re.compile(
    r"(?:^|\s)(?:gmail_signature|moz-signature|ntes-pcmail-signature|protonmail_signature_block|foxmail_signature)(?:\s|$)",
    re.IGNORECASE,
)
_SIGNATURE_ID = re.compile(
    r"^(?:x_)*(?:Signature|ms-outlook-mobile-signature|AppleMailSignature|ntes-pcmail-signature|lark-mail-signature)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SplitHtml:
    """HTML in three. The pieces are well formed once sanitised; they are NOT safe before `sanitise_html`."""

    reply: str
    quoted: str = ""
    signature: str = ""


def split_reply_html(html: str) -> SplitHtml:
    """Split raw mail HTML into reply, quotation and signature; call it before `sanitise_html`, which drops the marks."""
    clean = normalise(html, attributes=_KEPT)
    flow = list(tokens(clean))
    start = _quote_start(flow)
    if start is None:
        return _with_signature(flow, clean, len(flow), "")
    offset = flow[start].start
    above, below = clean[:offset], clean[offset:]
    has_above = _says_something(flow[:start])
    trailing = _text_after_quote(flow, start)
    if trailing is not None and _says_something(flow[trailing:]):
        if has_above:
            return SplitHtml(clean)  # answers between the lines: everything stays in sight
        cut = flow[trailing].start
        return SplitHtml(clean[cut:], clean[:cut])
    if not has_above and not _has_image(flow[:start]):
        return SplitHtml(clean)  # a forwarded mail, or only a quotation: nothing to fold it under
    return _with_signature(flow, above, start, below)


def _with_signature(flow: list[Token], above: str, end: int, quoted: str) -> SplitHtml:
    spoken = [index for index in range(end) if flow[index].kind == "text" and _says_something([flow[index]])]
    first, last = (spoken[0], spoken[-1]) if spoken else (end, 0)
    tries = 0
    for index in range(first + 1, end):
        token = flow[index]
        if token.kind != "start" or not ("class=" in token.content or "id=" in token.content):
            continue
        attributes = token.attributes
        if _SIGNATURE.search(attributes.get("class", "")) or _SIGNATURE_ID.match(attributes.get("id", "")):
            # Only a signature at the end may go aside; text behind it is an answer.
            tries += 1
            close = _close_of(flow, index)
            if last < close <= end:
                return SplitHtml(above[: token.start], quoted, above[token.start :])
            if tries >= _MAX_SIGNATURES:
                break
    return SplitHtml(above, quoted)


def _quote_start(flow: list[Token]) -> int | None:
    """The index of the first token of the quotation, its attribution included."""
    line_start, line = 0, ""
    window: list[tuple[int, str]] = []
    for index, token in enumerate(flow):
        if token.kind == "start" and _marks_quote(token):
            return _with_attribution(flow, index)
        if token.kind == "text":
            line += token.text
        elif token.name in _BREAKING:
            found = _text_start(window, line_start, line)
            if found is not None:
                return found
            if line.strip():
                window = [*window[-7:], (line_start, line.strip())]
            line_start, line = index, ""
    return _text_start(window, line_start, line)


def _marks_quote(token: Token) -> bool:
    if token.name == "includetail":
        return True
    if token.name not in ("div", "blockquote", "table", "span", "p", "section", "hr"):
        return False
    content = token.content
    if not content:
        return False
    attributes = token.attributes
    classes, identifier, style = attributes.get("class", ""), attributes.get("id", ""), attributes.get("style", "")
    if token.name == "blockquote":
        if attributes.get("type", "").lower() == "cite" or "cite" in attributes:
            return True
        if re.search(r"border-left[^;]*(?:solid|1px)", style) and re.search(
            r"(?:padding|margin)-left|margin\s*:", style, re.I
        ):
            return True
    if identifier and (_CONTAINER_ID.match(identifier) or _POINT_ID.match(identifier)):
        return True
    if classes and (_CONTAINER.search(classes) or _POINT.search(classes)):
        return not _SIGNATURE.search(classes)
    return (
        bool(style)
        and token.name == "div"
        and bool(_OUTLOOK_RULE.search(style))
        and "border-left" not in style.replace("border-left:none", "")
    )


def _text_start(window: list[tuple[int, str]], start: int, line: str) -> int | None:
    """A quotation told by its words alone: a separator, an attribution, or three copied headers in a row."""
    text = re.sub(r"\s+", " ", line).strip()
    if not text or len(text) > 600:
        return None
    if SEPARATOR.match(text) or (text[-1] in ":：" and ATTRIBUTION.match(text)):
        return start
    rows = [*window[-5:], (start, text)]
    found = [(place, match) for place, row in rows if len(row) < 600 and (match := HEADER_LINE.match(row))]
    kinds = {kind for _, match in found for kind in ("from", "date", "to", "subject") if match[kind]}
    if len(kinds) >= 3 and "from" in kinds:
        return next(place for place, match in found if match["from"] or match["date"])
    return None


def _with_attribution(flow: list[Token], index: int) -> int:
    """Move back over the line that introduces a marked quotation ("On … wrote:", "在 … 写道：")."""
    text, first = "", index
    for back in range(index - 1, max(-1, index - 40), -1):
        token = flow[back]
        if token.kind == "text":
            text = token.text + text
        elif token.name in _BREAKING and text.strip():
            break
        first = back
    line = re.sub(r"\s+", " ", text).strip()
    return first if line and len(line) <= 600 and (ATTRIBUTION.match(line) or SEPARATOR.match(line)) else index


def _close_of(flow: list[Token], index: int) -> int:
    """The index behind the end of the element that starts at `index`."""
    name, depth = flow[index].name, 0
    for position in range(index, len(flow)):
        token = flow[position]
        if token.name == name:
            depth += (token.kind == "start") - (token.kind == "end")
            if depth <= 0:
                return position + 1
    return len(flow)


def _text_after_quote(flow: list[Token], start: int) -> int | None:
    """Where the text behind the quotation begins; None when the quotation has no end of its own."""
    holder = next(
        (
            i
            for i in range(start, min(len(flow), start + 60))
            if flow[i].kind == "start" and flow[i].name == "blockquote"
        ),
        None,
    )
    if holder is None:
        index = next(
            (
                i
                for i in range(start, min(len(flow), start + 60))
                if flow[i].kind == "start" and _CONTAINER.search(flow[i].attributes.get("class", ""))
            ),
            None,
        )
        return None if index is None else _close_of(flow, index)
    if any(
        flow[i].kind == "start" and (flow[i].name == "includetail" or _POINT_ID.match(flow[i].attributes.get("id", "")))
        for i in range(start, holder)
    ):
        return None
    return _close_of(flow, holder)


def _says_something(flow: list[Token]) -> bool:
    text = " ".join(token.text for token in flow if token.kind == "text")
    kept = [line for line in re.split(r"\n", re.sub(r"[ \t\u00a0]+", " ", text)) if not DEVICE_LINE.match(line)]
    return any(character.isalnum() or character > "\u2e7f" for line in kept for character in line)


def _has_image(flow: list[Token]) -> bool:
    return any(token.kind == "start" and token.name == "img" for token in flow)
