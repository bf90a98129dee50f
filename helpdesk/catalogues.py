"""Message catalogues without the gettext programs: translations are compiled with Babel.

A language's translations are ``LC_MESSAGES/django.po`` and the files of ``parts/``, one for each room, which win where
both have a text. The compiled ``django.mo`` is made from both and is not kept in git.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
DOMAIN = "django"


class ConflictingTranslations(ValueError):
    """Two parts translate the same text differently."""


def languages(locale_dir: Path = LOCALE_DIR) -> list[str]:
    """The languages with a catalogue, as Django names their folders (``zh_Hans``)."""
    return sorted(
        path.name for path in locale_dir.iterdir() if (path / "parts").is_dir() or po_path(path.name).exists()
    )


def po_path(language: str, locale_dir: Path = LOCALE_DIR) -> Path:
    """The assembled catalogue of ``language``."""
    return locale_dir / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def sources(language: str, locale_dir: Path = LOCALE_DIR) -> list[Path]:
    """The files that hold translations into ``language``; later ones win."""
    main = po_path(language, locale_dir)
    parts = sorted((locale_dir / language / "parts").glob("*.po"))
    return ([main] if main.exists() else []) + parts


def read(path: Path, language: str) -> Catalog:
    """One file; raises ``PoFileError`` when it is malformed."""
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)


def merged(language: str, locale_dir: Path = LOCALE_DIR) -> Catalog:
    """All translations into ``language``; raises ``ConflictingTranslations`` when two parts disagree."""
    result = Catalog(locale=language, domain=DOMAIN, charset="utf-8", fuzzy=False)
    from_part: dict[object, tuple[Path, object]] = {}
    for path in sources(language, locale_dir):
        is_part = path.parent.name == "parts"
        for message in read(path, language):
            if not message.id or not is_translated(message):
                continue
            key = (message.id, message.context)
            if is_part and from_part.setdefault(key, (path, message.string))[1] != message.string:
                other = from_part[key][0].name
                raise ConflictingTranslations(f"{path.name} and {other} translate {message.id!r} differently")
            entry = result.get(message.id, message.context)
            if entry is None:
                result.add(message.id, message.string, flags=message.flags, context=message.context)
            else:
                entry.string = message.string
    return result


def is_translated(message: Message) -> bool:
    """True when every form has a text and nobody marked it as a guess."""
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return bool(strings) and all(strings) and not message.fuzzy


def compile_all(locale_dir: Path = LOCALE_DIR) -> list[Path]:
    """Write ``django.mo`` of each language where it is missing or older than its sources; returns what was written."""
    written = []
    for language in languages(locale_dir):
        target = po_path(language, locale_dir).with_suffix(".mo")
        if target.exists() and all(path.stat().st_mtime_ns <= target.stat().st_mtime_ns for path in sources(language)):
            continue
        buffer = io.BytesIO()
        write_mo(buffer, merged(language, locale_dir))
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_suffix(".mo.new")
        beside.write_bytes(buffer.getvalue())
        beside.replace(target)
        written.append(target)
    return written
