"""Which lines of a text the author wrote now, which they quoted, and which sign the message.

Nothing is lost: every line comes back in one of the three. In doubt a line is the author's, because a folded answer is worse
than a shown quotation.
"""

from dataclasses import dataclass

from channels_app.email.quote_patterns import (
    ATTRIBUTION,
    CLOSING_FOOTER,
    DEVICE_LINE,
    DISCLAIMER,
    HEADER_LINE,
    RULE,
    SEPARATOR,
    SIGNATURE_MARK,
)

_MAX_LINE = 1_000
_MAX_LINES = 20_000
_MAX_SIGNATURE_LINES = 12


@dataclass(frozen=True, slots=True)
class SplitText:
    """A text in three: `reply` is new, `quoted` is folded in the conversation, `signature` is shown small."""

    reply: str
    quoted: str = ""
    signature: str = ""


def split_reply(text: str) -> SplitText:
    """Split a plain text (line feeds only) into reply, quotation and signature."""
    lines = text.split("\n")
    start = find_quote(lines)
    if start is None:
        reply, signature = split_signature(lines)
        return SplitText(_join(reply), "", _join(signature))
    above, below = lines[:start], lines[start:]
    quoted, after = _marked_quote(below)
    if after is not None and _says_something(after):
        return _split_around(above, quoted, after)
    reply, signature = split_signature(above)
    if not _says_something(reply):
        # Nothing of the author's above: a forwarded mail, or a note that is only a quotation. Showing nothing would lose it.
        return SplitText(_join(lines))
    return SplitText(_join(reply), _join(below), _join(signature))


def _split_around(above: list[str], quoted: list[str], after: list[str]) -> SplitText:
    """Words below a `>` quotation: the answer stands under it, or the author answered between the lines."""
    answer, signature = split_signature(after)
    own, upper_signature = split_signature(above)
    if not _says_something(answer):
        signature = [*upper_signature, *after] if upper_signature else after
        return SplitText(_join(own), _join(quoted), _join(signature))
    if not _says_something(above) and not any(_is_marked(line) for line in answer):
        return SplitText(_join(answer), _join([*above, *quoted]), _join(signature))
    return SplitText(_join([*above, *quoted, *answer]), "", _join(signature))


def find_quote(lines: list[str]) -> int | None:
    """The first line of the quotation, its attribution included; None if there is none."""
    for index, line in enumerate(lines[:_MAX_LINES]):
        if len(line) > _MAX_LINE or not line.strip():
            continue
        if SEPARATOR.match(line) or attribution_length(lines, index) or header_block_length(lines, index) >= 3:
            return _with_rule_above(lines, index)
        if _is_marked(line) and _begins_quote(lines, index):
            return index
    return None


def attribution_length(lines: list[str], index: int) -> int:
    """How many lines, up to three, an attribution beginning at `index` takes; 0 if none does."""
    joined = ""
    for count, line in enumerate(lines[index : index + 3], start=1):
        if not line.strip() or len(line) > _MAX_LINE:
            return 0
        joined = f"{joined} {line.strip()}".strip() if count > 1 else line.strip()
        tail = joined.rstrip("*_ \u00a0")[-1:]
        if tail in ":：" and tail and ATTRIBUTION.match(joined.strip("* _\u00a0")):
            return count
    return 0


def header_block_length(lines: list[str], index: int) -> int:
    """How many of the lines from `index` are copied mail headers beginning with From; 0 if it is no such block."""
    first = HEADER_LINE.match(lines[index])
    if first is None or not (first["from"] or first["date"]):  # some clients begin with the date
        return 0
    seen: set[str] = set()
    used = count = blanks = 0
    for line in lines[index : index + 14]:
        if not line.strip():
            blanks += 1
            if blanks > 1 and count:
                break
            used += 1
            continue
        found = HEADER_LINE.match(line) if len(line) <= _MAX_LINE else None
        if found is None:
            if count >= 2 and used and not blanks and line[:1] in " \t>":
                used += 1  # a long To line, wrapped
                continue
            break
        blanks = 0
        used += 1
        count += 1
        seen |= {name for name in ("from", "date", "to", "subject") if found[name]}
    return count if "from" in seen and len(seen) >= 3 else 0


def split_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut a signature, a device line or a disclaimer off the end."""
    end = len(lines)
    start = _signature_start(lines)
    body = lines[:start] if start is not None else lines
    body, tail = _cut_closing(body)
    cut = len(body)
    if not _says_something(body) and start is None:
        return lines, []
    if not _says_something(body):
        return ([], lines[:end]) if tail or start is not None else (lines, [])
    return lines[:cut], lines[cut:]


def _signature_start(lines: list[str]) -> int | None:
    for index in range(len(lines) - 1, -1, -1):
        if SIGNATURE_MARK.match(lines[index]):
            following = [line for line in lines[index + 1 :] if line.strip()]
            is_exact = lines[index] == "-- "
            if is_exact or 0 < len(following) <= _MAX_SIGNATURE_LINES:
                return index
    return None


def _cut_closing(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines and disclaimers at the very end, and what stands between and below them."""
    cut = len(lines)
    while cut:
        last = cut - 1
        while last >= 0 and not lines[last].strip():
            last -= 1
        if last < 0:
            break
        if DEVICE_LINE.match(lines[last][:200]) or (CLOSING_FOOTER.match(lines[last][:200]) and last < len(lines) - 1):
            cut = last
            continue
        start = _paragraph_start(lines, last)
        if start > 0 and DISCLAIMER.match(" ".join(lines[start : last + 1])[:600]):
            cut = start
            continue
        break
    return lines[:cut], lines[cut:]


def _paragraph_start(lines: list[str], last: int) -> int:
    start = last
    while start > 0 and lines[start - 1].strip() and last - start < 40:
        start -= 1
    return start


def _is_marked(line: str) -> bool:
    stripped = line.lstrip()
    return stripped.startswith((">", "＞")) and not stripped.startswith((">_<", ">.<"))


def _begins_quote(lines: list[str], index: int) -> bool:
    """True for a run of marked lines; a single `> 5 pieces` in the middle of a text is the author's own."""
    following = lines[index : index + 3]
    return sum(_is_marked(line) for line in following) >= 2 or all(not line.strip() for line in lines[index + 1 :])


def _marked_quote(below: list[str]) -> tuple[list[str], list[str] | None]:
    """The quotation and what comes after it, when `>` marks tell them apart; (all, None) when they do not."""
    header = attribution_length(below, 0) or (1 if SEPARATOR.match(below[0]) else 0)
    first = next((index for index in range(header, len(below)) if below[index].strip()), None)
    if first is None or not _is_marked(below[first]):
        return below, None
    last = first
    for index in range(first, len(below)):
        if _is_marked(below[index]):
            last = index
        elif below[index].strip():
            break
    return below[: last + 1], below[last + 1 :]


def _with_rule_above(lines: list[str], index: int) -> int:
    """Outlook draws a line above its header block; it belongs to the quotation."""
    above = index - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and RULE.match(lines[above]) else index


def _says_something(lines: list[str]) -> bool:
    return any(character.isalnum() or character > "\u2e7f" for line in lines for character in line)


def _join(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n ").rstrip()
