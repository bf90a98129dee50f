"""Bytes to text, whatever the mail says about its charset.

The order: a byte order mark, then the declared charset unless the bytes plainly contradict it, then a guess. The guess weighs
the charsets that customers' programs really send by how common the decoded characters are, so that two Chinese characters
are enough; charset-normalizer is asked last, because it needs a paragraph to be right.
"""

import codecs
import re
from collections.abc import Callable
from functools import lru_cache

from channels_app.email.common_characters import COMMON_HANGUL, COMMON_SIMPLIFIED, COMMON_TRADITIONAL
from channels_app.email.text import words

# Labels seen in mail that Python does not know, or that mean a larger charset than they say (as browsers read them).
_ALIASES = {
    **dict.fromkeys(
        words(
            "gb2312 gb_2312 gb_2312-80 gb2312-80 gb-2312 gbk x-gbk cp936 ms936 windows-936 chinese csgb2312 euc-cn euccn "
            "x-euc-cn gb18030 gb-18030 gb_18030 gb18030-2000 zh_cn zh-cn iso-ir-58"
        ),
        "gb18030",
    ),
    **dict.fromkeys(words("big5 big-5 x-x-big5 cn-big5 csbig5 cp950 ms950 windows-950 big5-eten"), "cp950"),
    **dict.fromkeys(words("big5-hkscs big5hkscs x-big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(
        words("ks_c_5601-1987 ksc5601 ks_c_5601 ksc_5601 euc-kr euckr korean uhc windows-949 x-windows-949 cp949"),
        "cp949",
    ),
    **dict.fromkeys(words("shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 ms932"), "cp932"),
    **dict.fromkeys(
        words("iso-2022-jp iso2022jp iso-2022-jp-ms cp50220 cp50221 cp50222 _iso-2022-jp$esc"), "iso-2022-jp"
    ),
    **dict.fromkeys(words("euc-jp x-euc-jp eucjp eucjpms"), "euc_jp"),
    **dict.fromkeys(words("hz-gb-2312 hz hzgb"), "hz"),
    **dict.fromkeys(
        words(
            "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ansi cp1252 windows-1252 x-ansi iso-8859-1-windows-1252"
        ),
        "cp1252",
    ),
    **dict.fromkeys(words("us-ascii ascii ansi_x3.4-1968 646 7bit iso-ir-6"), "ascii"),
    **dict.fromkeys(
        words("utf-8 utf8 utf8mb4 utf-8mb4 utf_8 unicode-1-1-utf-8 unicode utf-8-bom 3dutf-8 utf"), "utf-8"
    ),
    **dict.fromkeys(words("utf-7 utf7 unicode-1-1-utf-7 unicode-2-0-utf-7 x-utf-7"), "utf-7"),
    **dict.fromkeys(words("iso-8859-8-i iso-8859-8-e visual"), "iso-8859-8"),
    **dict.fromkeys(words("iso-8859-6-i iso-8859-6-e"), "iso-8859-6"),
    **dict.fromkeys(words("windows-874 tis-620 tis620 iso-8859-11"), "cp874"),
    **dict.fromkeys(words("koi8-r koi8r koi8 koi8-ru cskoi8r"), "koi8-r"),
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-turkish": "mac-turkish",
    "x-mac-ce": "mac-latin2",
}
# Python calls these text encodings, but they are escapes or names, not charsets.
_NOT_CHARSETS = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"}
_DOUBLE_BYTE = {"gb18030", "cp950", "big5hkscs", "cp949", "cp932", "euc_jp"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LABEL_JUNK = re.compile(r"[^a-z0-9._:+$-]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\(|\([BJI])")
_UTF8_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_HIGH_IN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]{1,2}(?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff]{1,2}[A-Za-z]")
_SAMPLE_BYTES = 3000


@lru_cache(maxsize=512)
def codec_name(label: str | None) -> str | None:
    """Python's codec for a declared charset; None if the label is absent, unknown or not a charset (`zip`, `rot13`)."""
    if not label:
        return None
    name = _LABEL_JUNK.sub("", label.lower().strip(" \t\"';"))[:60]
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not info._is_text_encoding or info.name.replace("-", "_") in _NOT_CHARSETS:
        return None
    return name if name in _ALIASES.values() else info.name


def html_charset(data: bytes) -> str | None:
    """The charset an HTML part names in its own `<meta>`, if any."""
    found = _META_CHARSET.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else None


def decode_text(data: bytes, declared: str | None = None, hint: str | None = None) -> str:
    """Decode `data`; `declared` is the charset label beside it, `hint` one from elsewhere in the mail. Never raises."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace")
    codec = codec_name(declared)
    if data.isascii():
        return _decode_seven_bit(data, codec)
    is_utf8, as_utf8 = _strict(data, "utf-8")
    if is_utf8 and (codec not in _DOUBLE_BYTE or _is_plainly_utf8(as_utf8)) and not (codec or "").startswith("utf-16"):
        return as_utf8
    if codec in (None, "ascii", "cp1252", "utf-8"):
        if codec == "utf-8" and _is_damaged_utf8(data):
            return data.decode("utf-8", "replace")
        return _guess(data, codec_name(hint), prefers_western=codec == "cp1252")
    return _decode_declared(data, codec or "ascii")


def _strict(data: bytes, codec: str) -> tuple[bool, str]:
    try:
        return True, data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return False, ""


def _decode_seven_bit(data: bytes, codec: str | None) -> str:
    """ASCII bytes mean themselves, except in the charsets that hide others behind escapes."""
    if b"\x1b" in data and (codec in (None, "ascii", "iso-2022-jp", "utf-8", "cp1252")) and _JIS_ESCAPE.search(data):
        return _decode_jis(data)
    if codec is not None and codec.startswith(("utf-7", "iso2022", "iso-2022", "hz", "utf-16", "utf-32")):
        return data.decode(codec, "replace")
    return data.decode("ascii", "replace")


def _decode_jis(data: bytes) -> str:
    for codec in ("iso2022_jp", "iso2022_jp_ext"):
        fits, text = _strict(data, codec)
        if fits:
            return text
    # Outlook puts circled digits and (株) of row 13 into plain JIS; the 2004 set has them in the same places.
    fits, text = _strict(data.replace(b"\x1b$B", b"\x1b$(Q"), "iso2022_jp_2004")
    return text if fits else data.decode("iso2022_jp", "replace")


def _decode_declared(data: bytes, codec: str) -> str:
    if codec == "iso-2022-jp":
        return _decode_jis(data) if _JIS_ESCAPE.search(data) else _guess(data, None)
    fits, text = _strict(data, codec)
    if fits and not _is_wrong_double_byte(data, text, codec):
        return text
    loose = data.decode(codec, "replace")
    if not fits and loose.count("\ufffd") * 50 <= len(loose) + 49:
        return loose  # a character cut at the end, or one bad byte in a paragraph
    guessed = _guess(data, None if fits else codec)
    return guessed if guessed.count("\ufffd") <= loose.count("\ufffd") else loose


def _is_plainly_utf8(text: str) -> bool:
    """True if valid UTF-8 cannot sensibly be a double-byte charset: most of what is not ASCII takes three bytes or more."""
    wide = sum(character >= "\u0800" for character in text)
    narrow = sum("\x7f" < character < "\u0800" for character in text)
    return wide > 0 and wide >= narrow


def _is_damaged_utf8(data: bytes) -> bool:
    """True if the bytes are UTF-8 but for a few (a message cut in the middle, one stray byte, a lone surrogate)."""
    loose = data.decode("utf-8", "replace")
    good = sum("\x7f" < character != "\ufffd" for character in loose)
    bad = loose.count("\ufffd") - 2 * len(_UTF8_SURROGATE.findall(data))
    return good >= 1 and bad * 2 <= good + 1


def _is_wrong_double_byte(data: bytes, text: str, codec: str) -> bool:
    """True if a declared Chinese charset decodes, but into characters hardly anyone writes, and the other one reads well."""
    if codec not in ("gb18030", "cp950"):
        return False
    seen = [
        character for character in text[:1000] if "\u3400" <= character <= "\u9fff" or "\ue000" <= character <= "\uf8ff"
    ]
    common = COMMON_SIMPLIFIED | COMMON_TRADITIONAL
    private = sum(character >= "\ue000" for character in seen)
    if len(seen) < 2 or (sum(character in common for character in seen) * 8 > len(seen) and private * 10 < len(seen)):
        return False
    return _score(data[:_SAMPLE_BYTES], "cp950" if codec == "gb18030" else "gb18030") > 0.6


def _guess(data: bytes, hint: str | None, *, prefers_western: bool = False) -> str:
    """The most believable reading among the charsets customers send, for bytes that are not UTF-8."""
    sample = _sample(data)
    scores = {
        codec: _score(sample, codec)
        for codec in ("gb18030", "cp950", "cp949", "cp932", "euc_jp", "koi8-r", "cp1251", "cp1252")
    }
    if hint in scores and scores[hint] > 0:
        scores[hint] += 0.25
    elif hint not in (None, "ascii", "utf-8") and _strict(data, hint or "")[0]:
        return data.decode(hint or "", "replace")
    if prefers_western:
        scores["cp1252"] += 0.15
    best = max(scores, key=lambda codec: scores[codec])
    is_short = sum(byte > 0x7F for byte in sample) <= 12  # a rare Chinese name; too little to ask anybody else
    if scores[best] < (0.2 if is_short else 0.3):
        return _ask_normalizer(data, sample) or data.decode(best if scores[best] > 0 else "cp1252", "replace")
    return data.decode(best, "replace")


def _sample(data: bytes) -> bytes:
    """Some kilobytes around the first bytes that are not ASCII, cut at line ends where possible."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    first = next((position for position, byte in enumerate(data) if byte > 0x7F), 0)
    start = data.rfind(b"\n", 0, first) + 1
    start = start if first - start < 500 else first
    sample = data[start : start + _SAMPLE_BYTES]
    end = sample.rfind(b"\n")
    return sample[: end + 1] if end > _SAMPLE_BYTES // 2 else sample


def _score(sample: bytes, codec: str) -> float:
    """0 (cannot be) to about 1 (reads like the language), by how common the decoded characters are."""
    text = sample.decode(codec, "replace")
    seen = [character for character in text if character > "\x7f"]
    if not seen:
        return 0.0
    broken = text.count("\ufffd")
    if broken > 1 + len(seen) // 30 or (broken and len(seen) < 4):
        return 0.0
    worth = sum(map(_WORTH[codec], seen)) / len(seen)
    if codec in ("koi8-r", "cp1251", "cp1252"):
        worth *= 1.0 if _looks_western(sample) == (codec == "cp1252") else 0.15
    if codec in ("koi8-r", "cp1251"):
        worth *= _russian_case(seen)
    return worth - 0.2 * broken / len(seen)


def _looks_western(sample: bytes) -> bool:
    """True if the high bytes stand alone or in pairs inside ASCII words; longer runs are another script."""
    runs = [found.group().strip(b"\x85\x91\x92\x93\x94\x96\x97\xa0") for found in _HIGH_RUN.finditer(sample)]
    inside = len(_HIGH_IN_WORD.findall(sample))
    single = sum(len(run) <= 1 for run in runs)
    return max(inside, single) * 5 >= len(runs) * 3


def _chinese_worth(common: frozenset[str]) -> Callable[[str], float]:
    def worth(character: str) -> float:
        if character in common:
            return 1.0
        if character in "，。！？、：；“”‘’（）《》【】—…·￥":
            return 0.8
        return 0.22 if "\u4e00" <= character <= "\u9fff" else 0.1 if "\uff00" <= character <= "\uffef" else -0.3

    return worth


def _japanese_worth(character: str) -> float:
    if "\u3041" <= character <= "\u30fc":
        return 0.95
    if "\uff61" <= character <= "\uff9f":
        return -0.3  # half-width katakana: what Chinese and Russian bytes turn into
    if character in "、。「」・？！":
        return 0.8
    return 0.3 if "\u4e00" <= character <= "\u9fff" else -0.2


def _korean_worth(character: str) -> float:
    if character in COMMON_HANGUL:
        return 1.0
    return 0.15 if "\uac00" <= character <= "\ud7af" else -0.2


def _russian_worth(character: str) -> float:
    return 0.9 if "\u0410" <= character <= "\u044f" or character in "ёЁ№«»—" else -0.6


def _western_worth(character: str) -> float:
    if character in "éèàçùâêîôûëïüäößñáíóúãõåæøÉÄÖÜ":
        return 0.8
    return 0.5 if character in "’‘“”–—…€£°§«»©®\xa0•™²³½" else 0.1 if "\u00c0" <= character <= "\u00ff" else -0.2


def _russian_case(letters: list[str]) -> float:
    """KOI8 read as 1251 turns small letters into capitals and back, so the share of small letters tells which it is."""
    small = sum(letter.islower() for letter in letters)
    capital = sum(letter.isupper() for letter in letters)
    return 1.0 if small >= capital else 0.45


_WORTH: dict[str, Callable[[str], float]] = {
    "gb18030": _chinese_worth(COMMON_SIMPLIFIED),
    "cp950": _chinese_worth(COMMON_TRADITIONAL),
    "cp949": _korean_worth,
    "cp932": _japanese_worth,
    "euc_jp": _japanese_worth,
    "koi8-r": _russian_worth,
    "cp1251": _russian_worth,
    "cp1252": _western_worth,
}


def _ask_normalizer(data: bytes, sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # 30 ms to import, needed by one mail in thousands

    try:
        best = from_bytes(sample, steps=3, chunk_size=512, explain=False).best()
        return data.decode(best.encoding, "replace") if best is not None else None
    except Exception:  # a guess that fails is no guess; the caller has its own answer
        return None
