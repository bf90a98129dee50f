"""Whether a file that is called a picture is one."""

from __future__ import annotations

import warnings
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image

from helpdesk.core.errors import Invalid

# What every browser draws. A telephone's HEIC is turned into JPEG by its own browser when a page asks for pictures.
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
MOST_PIXELS = 80_000_000


def picture_type(data: bytes, *, field: str = "files", name: str = "") -> str:
    """The media type of a picture whose header reads and whose stream is whole; `Invalid` (for `field`) says what is wrong.

    Nothing is drawn: a small file that claims a huge canvas costs nothing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=list(FORMATS)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Invalid(
                        fields={field: _("“%(name)s” has too many pixels. Send a smaller picture.") % {"name": name}}
                    )
                kind = FORMATS[str(picture.format)]
                picture.verify()
    except Invalid:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(
            fields={
                field: _("“%(name)s” is no picture that can be shown. Send a JPEG, PNG, GIF or WebP.") % {"name": name}
            }
        ) from None
    return kind
