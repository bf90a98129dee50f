"""Header fields and bodies as bytes for the wire.

Written here because `email.policy.SMTP` encodes long message ids as if they were words and folds some names so that QQ Mail and
Outlook show them raw. Nothing a caller passes can begin a new header line.
"""

import base64
import quopri
import re
from urllib.parse import quote

from channels_app.email.parsed import Address
from channels_app.email.text import one_line

_ATOM_PHRASE = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$")
_LINE_LENGTH = 76
# 75 characters for a word (RFC 2047, section 2) less `=?utf-8?b?` and `?=` leave 45 bytes in base64.
_WORD_BYTES = 45


def header_value(value: str) -> str:
    """A value that cannot leave its line: controls and line breaks become spaces."""
    return one_line(value)


def encode_words(value: str) -> str:
    """Unstructured text as it may stand in a header: ASCII as it is, else UTF-8 words that never cut a character."""
    value = header_value(value)
    if value.isascii() and "=?" not in value:
        return value
    words: list[str] = []
    chunk = b""
    for character in value:
        encoded = character.encode("utf-8")
        if len(chunk) + len(encoded) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += encoded
    return " ".join([*words, _word(chunk)])


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?="


def field(name: str, value: str) -> bytes:
    """One header field, folded at spaces to 76 columns where there are spaces (RFC 5322, section 2.2.3)."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > _LINE_LENGTH and lines[-1].strip() and len(lines[-1]) > len(name) + 1:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return "\r\n".join(lines).encode("utf-8") + b"\r\n"


def ascii_address(address: str) -> str:
    """The address with an international domain in its ASCII form (IDNA 2008); the local part stays as it is."""
    local, at, domain = header_value(address).replace(" ", "").rpartition("@")
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            domain = domain.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[<>,;:\"()\s]", "", f"{local}{at}{domain}") if not local.startswith('"') else f"{local}{at}{domain}"


def mailbox(address: Address) -> str:
    """`Name <address>` with the name quoted or encoded as it needs."""
    name, plain = header_value(address.name), ascii_address(address.address)
    if not name:
        return plain
    if not name.isascii() or "=?" in name:
        return f"{encode_words(name)} <{plain}>"
    if not _ATOM_PHRASE.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{plain}>"


def file_parameters(name: str) -> tuple[str, str]:
    """The parameters `name` and `filename` for a file.

    A Chinese name goes in three forms: RFC 2231 for standards, and encoded words in both plain parameters, which is what QQ
    Mail, Foxmail and old Outlook read.
    """
    name = header_value(name).replace("/", "_").replace("\\", "_")
    if name.isascii() and "=?" not in name:
        quoted = name.replace('"', "'")
        return f'name="{quoted}"', f'filename="{quoted}"'
    words = encode_words(name)
    extended = quote(name.encode("utf-8"), safe="")
    pieces = _whole_escapes(extended)
    if len(pieces) == 1:
        encoded = f"filename*=utf-8''{pieces[0]}"
    else:
        encoded = "; ".join(
            f"filename*{number}*={'utf-8' + chr(39) * 2 if number == 0 else ''}{piece}"
            for number, piece in enumerate(pieces)
        )
    return f'name="{words}"', f'filename="{words}"; {encoded}'


def _whole_escapes(extended: str) -> list[str]:
    """Cut percent-encoded text into pieces of at most 60 characters, never inside an escape."""
    pieces = [""]
    for unit in re.findall(r"%[0-9A-F]{2}|[^%]", extended):
        if len(pieces[-1]) + len(unit) > 60:
            pieces.append("")
        pieces[-1] += unit
    return pieces


def encode_text(text: str) -> tuple[str, bytes]:
    """A text part's transfer encoding and its body with CRLF line ends, no line longer than the wire takes."""
    text = re.sub(r"\r\n?", "\n", text)
    text = text if text.endswith("\n") else text + "\n"
    data = text.encode("utf-8", "replace")
    longest = max(map(len, data.split(b"\n")))
    if data.isascii() and longest <= 900 and not re.search(rb"^(?:From |\.)", data, re.MULTILINE):
        return "7bit", data.replace(b"\n", b"\r\n")
    if sum(byte > 127 for byte in data) * 5 <= len(data):
        # `From ` and a lone dot at a line's start are changed by some servers on the way, and with them any signature.
        quoted = re.sub(
            rb"^(From |\.)",
            lambda found: b"=%02X%s" % (found[1][0], found[1][1:]),
            quopri.encodestring(data),
            flags=re.MULTILINE,
        )
        return "quoted-printable", quoted.replace(b"\n", b"\r\n")
    return "base64", encode_binary(data.replace(b"\n", b"\r\n"))


def encode_binary(data: bytes) -> bytes:
    """Base64 in lines of 76 characters with CRLF."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")
