"""Text that can be stored and shown: no NUL, no lone surrogates, no direction tricks in one-line values."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_LINE_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
# Overrides, embeddings and isolates can reorder what follows ("gpj.exe"); plain marks (200E, 200F) cannot and Arabic needs them.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_WHITESPACE = re.compile(r"\s+")
_CJK = re.compile("[\u2e80-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def storable(value: str) -> str:
    """The text without what PostgreSQL and UTF-8 refuse: NUL and other controls go, lone surrogates become U+FFFD."""
    if value.isascii() and value.isprintable():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        # A pair written as two surrogates is one character; only what stays alone is lost.
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", value)


def multiline(value: str) -> str:
    """A body text: storable, with line feeds as the only line ends."""
    return storable(_LINE_BREAKS.sub("\n", value))


def one_line(value: str) -> str:
    """A header value, name or subject: storable, on one line, single spaces, direction overrides removed."""
    value = _BIDI_CONTROLS.sub("", storable(_LINE_BREAKS.sub(" ", value)))
    return _WHITESPACE.sub(" ", _INVISIBLE.sub("", value)).strip()


def shorten(value: str, limit: int) -> str:
    """At most `limit` characters; what was cut ends in an ellipsis."""
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def words(listed: str) -> list[str]:
    """The words of a list written as one string."""
    return listed.split()


def is_cjk(character: str) -> bool:
    """True for Chinese, Japanese and Korean letters and full-width punctuation."""
    return bool(_CJK.match(character))


def guess_language(value: str) -> str | None:
    """`zh` or `en`, from the letters alone; None when neither is plain (too short, or another language's script)."""
    sample = value[:4000]
    han = len(_HAN.findall(sample))
    words = len(_LATIN_WORD.findall(sample))
    if len(_KANA_HANGUL.findall(sample)) > max(2, han // 5):
        return None
    # One Chinese character says about as much as half an English word; model names and links are Latin in any language.
    if han >= 2 and han * 2 >= words:
        return "zh"
    return "en" if words >= 2 and words > han else None
