"""QR codes as SVG (ISO/IEC 18004), drawn without inline style so that the page's policy lets them through."""

from __future__ import annotations

from io import BytesIO

import segno


def qr_svg(text: str, *, scale: int = 4) -> str:
    """The SVG element of a code that stays readable with a seventh of it damaged (level M), with its quiet zone."""
    drawn = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        drawn, kind="svg", scale=scale, border=4, xmldecl=False, svgns=True, dark="#000", light="#fff", omitsize=False
    )
    return drawn.getvalue().decode()
