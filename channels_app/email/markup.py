"""HTML as a flat list of tokens, and HTML as readable text.

Every HTML string is first parsed by nh3 (the HTML5 algorithm, in Rust) and written out again, so the tokens below are well
formed: quotes around attributes, no stray `<`. Python's own HTMLParser takes quadratic time on hostile input.
"""

import html as html_entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

import nh3

from channels_app.email.text import is_cjk, multiline, words

MAX_HTML = 2_000_000
_MAX_DEPTH = 300
_TAG_START = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,60})")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BARE_AMPERSAND = re.compile(r"&(?![a-zA-Z][a-zA-Z0-9]{1,30};)")
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9:_-]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*/?>')
_ATTRIBUTE = re.compile(r'([^\s=>"]+)(?:="([^"]*)")?')
_VOID = frozenset(words("area base br col embed hr img input link meta param source track wbr"))
_SELF_CLOSING = frozenset(words("p li dd dt td th tr tbody thead tfoot option optgroup colgroup rp rt"))
DROPPED = frozenset(
    words("script style title template object embed iframe frame frameset svg math noscript applet audio video xml")
)
STRUCTURE = frozenset(
    words(
        "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details "
        "dfn div dl dt em "
        "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp "
        "section "
        "small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
    )
)
# Custom elements by which clients mark a quotation; kept only while quotations are looked for.
_MARKERS = frozenset({"includetail"})

_BLOCKS = frozenset(
    words(
        "address article aside blockquote caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header "
        "hr main nav "
        "ol p pre section summary table tbody tfoot thead tr ul li includetail"
    )
)
_SPACED = frozenset(words("p h1 h2 h3 h4 h5 h6 ul ol table dl"))
_SPACE = re.compile(r"[ \t\r\n\f\u00a0\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A start tag, an end tag or a text, with its place in the string."""

    kind: str  # "start", "end", "text"
    name: str
    content: str
    start: int
    end: int

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of a start tag, entities undone."""
        return {key: html_entities.unescape(value) for key, value in _ATTRIBUTE.findall(self.content)}

    @property
    def text(self) -> str:
        return html_entities.unescape(self.content)


def tame(html: str, *, depth: int = _MAX_DEPTH) -> str:
    """HTML that an HTML5 parser reads in linear time.

    Building a tree takes time quadratic in its depth and in the attributes of one tag, and a bare `&` is dear. Start tags
    deeper than `depth` go (their content stays), tags with hundreds of attributes lose these, a tag without end becomes text.
    """
    html = _tame_ampersands(html[:MAX_HTML])
    if html.count("<") <= depth and len(html) < 5_000:
        return html
    kept: list[str] = []
    open_tags: dict[str, int] = {}
    level = copied = position = 0
    closing = -1
    while (position := html.find("<", position)) >= 0:
        if closing < position and (closing := html.find(">", position)) < 0:
            break
        found = _TAG_START.match(html, position)
        if found is None:
            position += 1
            continue
        replacement: str | None = None
        name = found[2].lower()
        if not found[1] and closing - position > 1_000 and _has_many_attributes(html[position:closing]):
            replacement = f"<{name}>"
        if name not in _VOID and name not in _SELF_CLOSING:
            if found[1]:
                if open_tags.get(name, 0) > 0:
                    open_tags[name] -= 1
                    level -= 1
            elif level >= depth:
                replacement = ""
            else:
                open_tags[name] = open_tags.get(name, 0) + 1
                level += 1
        if replacement is not None:
            kept += (html[copied:position], replacement)
            copied = closing + 1
        position = closing + 1
    tail = html[max(position, copied) :] if position >= 0 else ""
    body = html[copied : len(html) - len(tail)]
    return "".join((*kept, body, tail.replace("<", "&lt;") if len(tail) > 1_000 else tail))


def _has_many_attributes(tag: str) -> bool:
    return len(_QUOTED.sub("", tag).split()) > 100


def _tame_ampersands(html: str) -> str:
    if html.count("&") <= 20_000:
        return html
    return _BARE_AMPERSAND.sub("\uff06", html.replace("&nbsp;", " "))


def normalise(html: str, *, attributes: dict[str, set[str]]) -> str:
    """Well-formed HTML with the structural elements, the given attributes, and no scripts, styles or comments."""
    return nh3.clean(
        tame(html),
        tags=set(STRUCTURE | _MARKERS),
        clean_content_tags=set(DROPPED),
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel=None,
        strip_comments=True,
    )


def tokens(html: str) -> Iterator[Token]:
    """The tokens of normalised HTML, in order."""
    position = 0
    for found in _TOKEN.finditer(html):
        if found.start() > position:
            yield Token("text", "", html[position : found.start()], position, found.start())
        yield Token("end" if found[1] else "start", found[2], found[3], *found.span())
        position = found.end()
    if position < len(html):
        yield Token("text", "", html[position:], position, len(html))


def html_to_text(html: str) -> str:
    """Readable plain text: paragraphs, lists, table rows, links with their addresses, quotations marked with `>`."""
    attributes = {"a": {"href"}, "img": {"alt"}, "ol": {"start"}}
    writer = _TextWriter()
    for token in tokens(normalise(html, attributes=attributes)):
        if token.kind == "text":
            writer.text(token.text)
        elif token.kind == "start":
            writer.open(token.name, token)
        else:
            writer.close(token.name)
    return multiline(writer.finish())


class _TextWriter:
    """Turns tokens into lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.gap = 0
        self.quotes = 0
        self.preformatted = 0
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.bullet = ""

    def text(self, value: str) -> None:
        if self.preformatted:
            first, *rest = value.split("\n")
            self.line += first
            for part in rest:
                self._break()
                self.line += part
            return
        value = _collapse(value)
        if not self.line or self.line.endswith((" ", "\n")):
            value = value.lstrip(" ")
        if value and not self.line and self.bullet:
            self.line, self.bullet = self.bullet, ""
        self.line += value

    def open(self, name: str, token: Token) -> None:
        if name == "br":
            self._break()
        elif name == "a":
            self.links.append((token.attributes.get("href", ""), len(self.line)))
        elif name == "img":
            alt = token.attributes.get("alt", "").strip()
            if alt:
                self.text(f"[{alt}]")
        elif name in ("td", "th"):
            if self.line.strip():
                self.line = self.line.rstrip() + " | "
        elif name in _BLOCKS:
            self._block(1 if name in _SPACED else 0)
            self._open_block(name, token)

    def _open_block(self, name: str, token: Token) -> None:
        if name == "blockquote":
            self.quotes += 1
        elif name == "pre":
            self.preformatted += 1
        elif name == "ul":
            self.lists.append(None)
        elif name == "ol":
            start = token.attributes.get("start", "1")
            self.lists.append(int(start) if start.isdecimal() and len(start) < 7 else 1)
        elif name == "li":
            self._item()
        elif name == "hr":
            self.line = "---"
            self._block(0)

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else None
        indent = "  " * (min(len(self.lists), 10) - 1)
        self.bullet = f"{indent}- " if number is None else f"{indent}{number}. "
        if self.lists and number is not None:
            self.lists[-1] = number + 1

    def close(self, name: str) -> None:
        if name == "a" and self.links:
            self._close_link(*self.links.pop())
        elif name in _BLOCKS:
            self._block(1 if name in _SPACED else 0)
            if name == "blockquote":
                self.quotes = max(0, self.quotes - 1)
            elif name == "pre":
                self.preformatted = max(0, self.preformatted - 1)
            elif name in ("ul", "ol") and self.lists:
                self.lists.pop()
            elif name == "li":
                self.bullet = ""

    def _close_link(self, href: str, start: int) -> None:
        shown = self.line[start:].strip() if start <= len(self.line) else self.line.strip()
        bare = (
            href.removeprefix("mailto:").removeprefix("tel:").partition("?")[0] if not href.startswith("http") else href
        )
        plain = re.sub(r"^https?://(www\.)?|/$", "", bare)
        if (
            href.startswith(("http", "mailto:", "tel:"))
            and shown
            and re.sub(r"^https?://(www\.)?|/$", "", shown) != plain
        ):
            self.line = f"{self.line.rstrip()} ({bare})"

    def _break(self) -> None:
        prefix = "> " * min(self.quotes, 20)
        self.lines.append((prefix + self.line.rstrip()).rstrip() if self.line.strip() or self.quotes else "")
        self.line = ""

    def _block(self, spacing: int) -> None:
        if self.line.strip():
            self._break()
        else:
            self.line = ""
        if spacing and self.lines and self.lines[-1].strip("> ") and not self.lists:
            self.lines.append(("> " * min(self.quotes, 20)).rstrip())

    def finish(self) -> str:
        if self.line.strip():
            self._break()
        return re.sub(r"(?:\n[> ]*){3,}\n", "\n\n", "\n".join(self.lines)).strip("\n")


def _collapse(value: str) -> str:
    """White space as a browser shows it, except that a source line break between two Chinese characters is nothing."""
    if "\n" not in value:
        return _SPACE.sub(" ", value)

    def joined(found: re.Match[str]) -> str:
        before, after = value[max(0, found.start() - 1) : found.start()], value[found.end() : found.end() + 1]
        return "" if "\n" in found[0] and before and after and is_cjk(before) and is_cjk(after) else " "

    return _SPACE.sub(joined, value)
