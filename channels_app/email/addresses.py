"""Address lists (RFC 5322 and everything that is sent instead of it)."""

import re

from channels_app.email.charsets import decode_text
from channels_app.email.headers import decode_words
from channels_app.email.parsed import Address
from channels_app.email.text import one_line, shorten

_DELIMITERS = re.compile(r"[\s<>()\[\],;:\"']+")
_SPECIAL = re.compile(r'["(),;<>:\\]')
_MAX_NAME = 200
_MAX_ADDRESS = 320


def parse_addresses(raw: bytes, hint: str | None = None, *, limit: int = 500) -> tuple[Address, ...]:
    """The mailboxes of a From, To, Cc … header; encoded words are decoded after splitting, so a name can forge no address."""
    text = decode_text(raw, None, hint) if not raw.isascii() else raw.decode("ascii")
    addresses = []
    for item in _split(text):
        parsed = parse_address(item, hint)
        if parsed is not None:
            addresses.append(parsed)
        if len(addresses) >= limit:
            break
    return tuple(addresses)


def parse_address(item: str, hint: str | None = None, *, may_be_encoded: bool = True) -> Address | None:
    """One mailbox from `Name <address>`, `address (Name)` or worse; None if it says nothing."""
    opening = item.rfind("<")
    if opening >= 0:
        inside = item[opening + 1 :].partition(">")[0]
        address, name = clean_address(inside), item[:opening]
        if not address:
            address = clean_address(_bare(item))
    else:
        found = _bare(item)
        address = clean_address(found)
        name = _comment(item) if found else item
    decoded = _decode_name(name, hint)
    if not address and may_be_encoded and "=?" in item:
        # Some senders encode the whole mailbox, angle brackets and all.
        return parse_address(decode_words(item.encode("utf-8", "replace"), hint), hint, may_be_encoded=False)
    if decoded.lower() == address.lower():
        decoded = ""
    return Address(decoded, address) if decoded or address else None


def _bare(item: str) -> str:
    """The first word that has the form of an address; empty if there is none."""
    if "@" not in item:
        return ""
    return next((word for word in _DELIMITERS.split(item) if 0 < word.find("@") < len(word) - 1), "")


def clean_address(value: str) -> str:
    """A usable address with its domain in lower case, or an empty string."""
    value = one_line(value).strip(" '\"<>,;.")
    if value.lower().startswith("mailto:"):
        value = value[7:]
    if value.startswith("@") and ":" in value:
        value = value.rpartition(":")[2]  # the source routes of RFC 822
    local, at, domain = value.rpartition("@")
    local, domain = local.strip().strip('"'), domain.strip().rstrip(".").lower()
    if not (at and local and domain) or len(value) > _MAX_ADDRESS or re.search(r"[\s<>,;]", local + domain):
        return ""
    return f"{local}@{domain}"


def _split(text: str) -> list[str]:  # noqa: C901 - one state machine, clearer in one piece
    """Cut at commas and semicolons that stand outside quotes, comments and angle brackets."""
    if not _SPECIAL.search(text):
        return [text]
    items: list[str] = []
    current: list[str] = []
    depth = 0
    in_quotes = in_angle = is_escaped = has_at = False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif character == "\\" and (in_quotes or depth):
            is_escaped = True
        elif character == '"' and not depth:
            in_quotes = not in_quotes
        elif in_quotes:
            pass
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif depth:
            pass
        elif character == "<":
            in_angle = True
        elif character == ">":
            in_angle = False
        elif character == "@":
            has_at = True
        elif character == ":" and not in_angle and not has_at:
            current.clear()  # the name of a group: only its members count
            continue
        elif character in ",;，；" and (not in_angle or "@" in "".join(current[-_MAX_ADDRESS:])):
            in_angle = has_at = False
            items.append("".join(current))
            current.clear()
            continue
        current.append(character)
    items.append("".join(current))
    return _rejoin(items) if not (in_quotes or depth) else _split_unbalanced(text)


def _rejoin(items: list[str]) -> list[str]:
    """`Wang, Li <a@b.example>` without quotes is one person: a piece without an address belongs to the next one."""
    joined: list[str] = []
    carried = ""
    for item in items:
        if not item.strip():
            continue
        if "@" in item or "=?" in item:
            joined.append(f"{carried}, {item.strip()}" if carried and "<" in item else item)
            carried = ""
        else:
            carried = f"{carried}, {item.strip()}" if carried else item.strip()
    return [*joined, carried] if carried else joined


def _split_unbalanced(text: str) -> list[str]:
    """A quote or comment that never ends must not swallow the addresses behind it."""
    return re.split(r"(?<=>)\s*[,;]|[,;](?=[^<]*@)", text.replace('"', " ").replace("(", " ").replace(")", " "))


def _comment(item: str) -> str:
    found = re.search(r"\(([^()]*)\)", item)
    return found[1] if found else ""


def _decode_name(name: str, hint: str | None) -> str:
    name = name.strip()
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if "=?" in name:
        name = decode_words(name.encode("utf-8", "replace"), hint)
    return shorten(one_line(name).strip("\"' "), _MAX_NAME)
