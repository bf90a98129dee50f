"""Keeps the message catalogues in step with the sources, without the gettext programs.

python scripts/catalogues.py check      every text translated, placeholders kept, file up to date
python scripts/catalogues.py update     collect the texts and write locale/*/LC_MESSAGES/django.po
python scripts/catalogues.py compile    write the .mo files
python scripts/catalogues.py missing    print what is untranslated, as a .po file to fill in
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.extract import extract_python  # noqa: E402
from babel.messages.pofile import write_po  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils.translation.template import templatize  # noqa: E402

from helpdesk import catalogues  # noqa: E402

PACKAGES = ("helpdesk", "tickets", "knowledge", "aftersales", "channels_app", "analytics")
LEFT_OUT = frozenset({"tests", "migrations", "__pycache__", "node_modules"})
# By Django's convention: a leading n stands for (singular, plural), pgettext for a context ahead of the text.
FUNCTIONS = (
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
)
HEADER_NOISE = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Generated-By', b'"Report-Msgid')


def source_files() -> Iterator[Path]:
    """Python files and templates of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not LEFT_OUT & set(path.relative_to(ROOT).parts):
                yield path
    for folder in (ROOT / "templates", *(ROOT / package for package in PACKAGES)):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".html", ".txt", ".eml"} and "templates" in path.relative_to(ROOT).parts:
                yield path


def extract() -> Catalog:
    """Every text of the sources, with the files that use it."""
    catalogue = Catalog(domain=catalogues.DOMAIN, charset="utf-8")
    for path in source_files():
        text = path.read_text(encoding="utf-8")
        code = text if path.suffix == ".py" else _flat(templatize(text, origin=str(path)))
        place = (path.relative_to(ROOT).as_posix(), 0)
        for _line, function, arguments, _comments in extract_python(
            io.BytesIO(code.encode()), dict.fromkeys(FUNCTIONS), [], {"encoding": "utf-8"}
        ):
            found = _message(str(function), arguments)
            if found is not None:
                identity, context = found
                catalogue.add(identity, locations=[place], context=context)
    return catalogue


def _flat(code: str) -> str:
    """A template's calls without its indentation, which means nothing and which the tokenizer would take for blocks."""
    return "\n".join(line.lstrip() for line in code.splitlines())


def _message(function: str, arguments: object) -> tuple[str | tuple[str, str], str | None] | None:
    """(text or (singular, plural), context) of one call; None when its text is not a literal."""
    given = list(arguments) if isinstance(arguments, list | tuple) else [arguments]
    context = given.pop(0) if "pgettext" in function else None
    forms = given[:2] if function.startswith("n") else given[:1]
    literal = [form for form in forms if isinstance(form, str) and form]
    if not literal or len(literal) < len(forms) or not isinstance(context, str | None):
        return None
    return (literal[0] if len(literal) == 1 else (literal[0], literal[1])), context


def assembled(language: str) -> Catalog:
    """The texts of the sources with their translations into ``language``."""
    known = catalogues.merged(language)
    result = Catalog(
        locale=language, domain=catalogues.DOMAIN, charset="utf-8", fuzzy=False, project="helpdesk", version="1"
    )
    result.header_comment = f"# Translations into {language}. Collected by `make messages`."
    for message in extract():
        if not message.id:
            continue
        entry = known.get(message.id, message.context)
        translation = entry.string if entry is not None else None
        result.add(message.id, translation, locations=message.locations, flags=message.flags, context=message.context)
    return result


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as a file that only changes when a text does."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, include_lineno=False, width=110, ignore_obsolete=True)
    return b"".join(line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(HEADER_NOISE))


def problems(language: str) -> Iterator[str]:
    """What keeps the catalogue of ``language`` from being complete."""
    catalogue = assembled(language)
    for message in catalogue:
        if not message.id:
            continue
        place = ", ".join(name for name, _line in message.locations[:2])
        if not catalogues.is_translated(message):
            yield f"{language}: {place}: no translation of {message.id!r}" + _with(message)
        else:
            for error in message.check(catalogue):
                yield f"{language}: {place}: {message.id!r}: {error}"
    path = catalogues.po_path(language)
    if not path.exists() or path.read_bytes() != as_po(catalogue):
        yield f"{path.relative_to(ROOT)} is not up to date; run `make messages`"


def _with(message: Message) -> str:
    return f" (context {message.context!r})" if message.context else ""


def check() -> int:
    """Print every problem; returns the exit status."""
    found = [problem for language in catalogues.languages() for problem in problems(language)]
    if not catalogues.languages():
        found = ["there is no catalogue at all"]
    for problem in found:
        print(problem)
    print(f"{len(found)} problems" if found else "catalogues complete")
    return 1 if found else 0


def update() -> int:
    """Write the assembled catalogues."""
    for language in catalogues.languages():
        path = catalogues.po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(assembled(language)))
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def compile_all() -> int:
    """Write the .mo files."""
    for path in catalogues.compile_all():
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def missing() -> int:
    """Print the untranslated entries of each language."""
    for language in catalogues.languages():
        open_entries = Catalog(locale=language, domain=catalogues.DOMAIN, charset="utf-8", fuzzy=False)
        for message in assembled(language):
            if message.id and not catalogues.is_translated(message):
                open_entries.add(message.id, locations=message.locations, flags=message.flags, context=message.context)
        sys.stdout.write(as_po(open_entries).decode())
    return 0


def main() -> int:
    """Run the command named on the command line."""
    commands = {"check": check, "update": update, "compile": compile_all, "missing": missing}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=sorted(commands))
    command = parser.parse_args().command
    os.chdir(ROOT)
    settings.configure(USE_I18N=True)
    try:
        return commands[command]()
    except catalogues.ConflictingTranslations as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
