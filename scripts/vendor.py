"""Fetch, build and bundle the front end's files; nothing here is needed at run time.

    python scripts/vendor.py fetch     packages from npm, pinned below, into static/vendor, static/fonts and tests/vendor
    python scripts/vendor.py icons     static/icons/sprite.svg from scripts/icons.txt and static/icons/own/*.svg
    python scripts/vendor.py bundle    static/css/*.bundle.css from the lists in BUNDLES (offline, instant)
    python scripts/vendor.py check     fails when a bundle is stale (offline)

The results are committed, so a clone needs neither npm nor Node. `bundle` must be run after any change of a style sheet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
CSS = STATIC / "css"


@dataclass(frozen=True)
class Package:
    """One npm package at one version: where its files go, and under which licence they come."""

    name: str
    version: str
    licence: str
    home: str
    integrity: str
    files: dict[str, str] = field(default_factory=dict)
    licence_file: str = "LICENSE"


PACKAGES = (
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        "https://htmx.org",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "static/vendor/htmx-2.0.11.min.js"},
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "MIT",
        "https://tabler.io/icons",
        "sha512-0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        "https://rsms.me/inter",
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        {
            "files/inter-latin-wght-normal.woff2": "static/fonts/inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "static/fonts/inter-latin-ext.woff2",
        },
    ),
    Package(
        "echarts",
        "5.6.0",
        "Apache-2.0",
        "https://echarts.apache.org",
        "sha512-oTbVTsXfKuEhxftHqL5xprgLoc0k7uScAwtryCgWF6hPYFLRwOUHiFmHGCBKP5NPFNkDVopOieyUqYGH8Fa3kA==",
        {"dist/echarts.common.min.js": "static/vendor/echarts-5.6.0.common.min.js"},
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "https://github.com/dequelabs/axe-core",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        {"axe.min.js": "tests/vendor/axe.min.js"},
    ),
)

# What a page loads: one style sheet per surface. Order matters: tokens, base, components, layouts.
SHARED = ("tokens", "fonts", "base", "components/*")
BUNDLES = {
    "desk": (*SHARED, "layouts/desk", "layouts/page", "layouts/wall", "pages/*"),
    "portal": (*SHARED, "layouts/portal", "layouts/auth", "portal/*"),
    "field": (*SHARED, "field/*"),
}


def fetch_package(package: Package, into: Path) -> Path:
    """Download one package with npm, compare its sha512 with ours, unpack it and return its folder."""
    listing = subprocess.run(
        ["npm", "pack", "--json", "--silent", "--pack-destination", str(into), f"{package.name}@{package.version}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    answer = json.loads(listing)
    entry = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
    archive = into / Path(entry["filename"].replace("@", "").replace("/", "-")).name
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.integrity:
        raise SystemExit(f"{package.name}@{package.version}: integrity is {digest}, expected {package.integrity}")
    target = into / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def fetch() -> None:
    """Copy the files named in PACKAGES into the tree and write the list of licences."""
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            source = fetch_package(package, Path(folder))
            for inner, target in package.files.items():
                destination = ROOT / target
                destination.parent.mkdir(parents=True, exist_ok=True)
                destination.write_bytes((source / inner).read_bytes())
            licence = source / package.licence_file
            slug = package.name.strip("@").replace("/", "-")
            (STATIC / "vendor" / "licenses").mkdir(parents=True, exist_ok=True)
            (STATIC / "vendor" / "licenses" / f"{slug}.txt").write_text(
                licence.read_text(encoding="utf-8"), encoding="utf-8"
            )
            if package.name == "@tabler/icons":
                build_sprite(source / "icons" / "outline")
    write_licences()


def icons() -> None:
    """Build the sprite again, for a changed list of icons."""
    package = next(p for p in PACKAGES if p.name == "@tabler/icons")
    with tempfile.TemporaryDirectory() as folder:
        build_sprite(fetch_package(package, Path(folder)) / "icons" / "outline")


def icon_names() -> dict[str, str]:
    """Our name of each listed icon with its Tabler name."""
    names: dict[str, str] = {}
    for line in (ROOT / "scripts" / "icons.txt").read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if words:
            names[words[0]] = words[-1]
    return names


def shapes(svg: str) -> str:
    """The drawing inside an SVG file: no wrapper, no invisible bounding box, one line."""
    inner = re.sub(r"<!--.*?-->", "", re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.S), flags=re.S)
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner)
    return re.sub(r"\s*\n\s*", "", inner).strip()


def build_sprite(outline: Path) -> None:
    """Write the sprite; stroke, colour and width come from the page, so that one symbol serves every size."""
    symbols = []
    for name, tabler in sorted(icon_names().items()):
        drawing = shapes((outline / f"{tabler}.svg").read_text(encoding="utf-8"))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    for path in sorted((STATIC / "icons" / "own").glob("*.svg")):
        text = path.read_text(encoding="utf-8")
        box = re.search(r'viewBox="([^"]+)"', text)
        symbols.append(f'<symbol id="{path.stem}" viewBox="{box[1] if box else "0 0 24 24"}">{shapes(text)}</symbol>')
    body = "\n".join(symbols)
    (STATIC / "icons" / "sprite.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n', encoding="utf-8"
    )
    print(f"static/icons/sprite.svg: {len(symbols)} icons")


def write_licences() -> None:
    """static/vendor/LICENSES.md: each package, its version, licence and files."""
    lines = [
        "# Third-party front-end files",
        "",
        "Written by `scripts/vendor.py`; the full texts are in `licenses/`.",
        "",
        "| package | version | licence | home | files |",
        "|---|---|---|---|---|",
    ]
    for package in PACKAGES:
        files = (
            ", ".join(f"`{target}`" for target in package.files.values())
            or "`static/icons/sprite.svg` (a selection, redrawn as one sprite)"
        )
        lines.append(f"| {package.name} | {package.version} | {package.licence} | {package.home} | {files} |")
    (STATIC / "vendor" / "LICENSES.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def sources(surface: str) -> list[Path]:
    """The style sheets of a bundle, in order."""
    found: list[Path] = []
    for pattern in BUNDLES[surface]:
        found += sorted(CSS.glob(f"{pattern}.css"))
    return found


def auto_theme(tokens: str) -> str:
    """The dark tokens once more for `data-bs-theme="auto"`: a reader's own preference needs no script and cannot flash."""
    dark = re.search(r'^\[data-bs-theme="dark"\] \{(.*?)^\}', tokens, flags=re.S | re.M)
    if dark is None:
        raise SystemExit("tokens.css has no block for the dark theme")
    return f'@media (prefers-color-scheme: dark) {{ [data-bs-theme="auto"] {{{dark[1]}}} }}\n'


def squeeze(css: str) -> str:
    """Drop comments, indentation and empty lines; the sheet stays readable and diffs by line."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return "\n".join(line.strip() for line in css.splitlines() if line.strip()) + "\n"


def bundle_text(surface: str) -> str:
    """One style sheet out of many, with the automatic dark theme added after the tokens."""
    parts = []
    for path in sources(surface):
        text = path.read_text(encoding="utf-8")
        if path.name == "tokens.css":
            text += auto_theme(text)
        parts.append(squeeze(text))
    return "/* Built by scripts/vendor.py bundle; edit the files beside it. */\n" + "".join(parts)


def bundle() -> None:
    for surface in BUNDLES:
        (CSS / f"{surface}.bundle.css").write_text(bundle_text(surface), encoding="utf-8")


def stale() -> list[str]:
    """Names of the bundles that differ from their sources."""
    return [
        s
        for s in BUNDLES
        if not (p := CSS / f"{s}.bundle.css").exists() or p.read_text(encoding="utf-8") != bundle_text(s)
    ]


def check() -> None:
    if found := stale():
        raise SystemExit(f"stale style sheets ({', '.join(found)}): run python scripts/vendor.py bundle")


def main() -> None:
    commands = {"fetch": fetch, "icons": icons, "bundle": bundle, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    commands[sys.argv[1]]()


if __name__ == "__main__":
    main()
