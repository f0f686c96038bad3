"""Where pictures of pages come from: picture files, pages of a PDF, pictures inside other documents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from io import BytesIO
from typing import Any

from extract.documents.shared.bounds import DECODED_PIXELS, FRAMES, PIXELS
from extract.errors import UnreadableDocument

#: Number from 1, a function that gives the picture (rows by columns, grey or colour), width in points or None.
Source = tuple[int, Callable[[], Any], float | None]

# Dots an inch at which a page of a PDF is drawn: what most scanners give, and enough for digits of 9 points.
_DOTS = 200
# Height and width in pixels of a picture that can hold a legible table.
_SMALLEST = (100, 300)


def pictures_of_file(data: bytes) -> list[Source]:
    """Return the picture of a file, or of each page of a TIFF.

    Raises:
        UnreadableDocument: the bytes are no picture that can be decoded.
    """
    import cv2
    import numpy as np

    bytes_of = np.frombuffer(data, np.uint8)
    frames = _frames(data)
    if frames > 1 and data[:4] in (b"II*\x00", b"MM\x00*"):

        def frame(number: int) -> Any:
            # One at a time: sixty pages together take gigabytes.
            decoded, found = cv2.imdecodemulti(bytes_of, cv2.IMREAD_COLOR, range=(number - 1, number))
            if not decoded or not found:
                raise UnreadableDocument(f"page {number} of the picture is cut or damaged")
            return found[0]

        return [(number, partial(frame, number), None) for number in range(1, frames + 1)]
    # Turned as the camera says (EXIF), which IMREAD_COLOR does.
    picture = cv2.imdecode(bytes_of, cv2.IMREAD_COLOR)
    if picture is None:
        raise UnreadableDocument("the picture is cut or damaged")
    return [(1, lambda: picture, None)]


def _frames(data: bytes) -> int:
    """Return how many pictures a file holds, at most FRAMES; 1 where that is not told.

    Raises:
        UnreadableDocument: one of them has more pixels than can be decoded.
    """
    from PIL import Image

    number = 0
    try:
        with Image.open(BytesIO(data)) as picture:
            for number in range(FRAMES):
                picture.seek(number)
                if picture.width * picture.height > DECODED_PIXELS:
                    size = f"{picture.width} x {picture.height}"
                    raise UnreadableDocument(f"the picture has {size} pixels; at most {DECODED_PIXELS} are decoded")
            return FRAMES
    except Image.DecompressionBombError as error:
        raise UnreadableDocument(f"the picture has too many pixels: {error}") from error
    except EOFError:
        return number
    except (OSError, ValueError, SyntaxError):
        return max(1, number)


def pictures_within(files: Sequence[bytes]) -> list[Source]:
    """Return the pictures inside a document that are large enough for a table, numbered as they stand (from 1)."""
    import cv2
    import numpy as np

    found: list[Source] = []
    for number, data in enumerate(files, 1):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is not None and picture.shape[0] >= _SMALLEST[0] and picture.shape[1] >= _SMALLEST[1]:
            found.append((number, lambda picture=picture: picture, None))  # type: ignore[misc]
    return found


def pages_of_pdf(pdf: Any, numbers: Collection[int]) -> list[Source]:
    """Return pages (numbers from 1) of an open ``pypdfium2.PdfDocument`` as pictures, drawn when they are asked for."""

    def drawn(number: int) -> Any:
        page = pdf[number - 1]
        width, height = page.get_size()
        # A page of more pixels is drawn smaller.
        scale = min(_DOTS / 72, (PIXELS / max(width * height, 1)) ** 0.5)
        # What is drawn over a scan by software (a stamp, a note, a field filled in) is part of what is seen.
        picture = page.render(scale=scale).to_numpy()[:, :, :3].copy()
        page.close()
        return picture

    return [(number, lambda number=number: drawn(number), pdf[number - 1].get_size()[0]) for number in sorted(numbers)]  # type: ignore[misc]
