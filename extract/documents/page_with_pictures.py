"""A page and the pictures it shows, each at an address of its own, read together: the page's Document and bytes in, a Document out.

Pictures are read as the sheets of one report: a place in the second of them is written ``p2 x0,y0,x1,y1``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from extract.document import Document, Sheet
from extract.documents.shared.sniff import MEDIA_TYPES, sniff


def read_page_with_pictures(page: Document, pictures: Sequence[bytes]) -> Document:
    """Return a page's Document with what stands in ``pictures`` (files, in the order in which it shows them) and their ``sheets``."""
    from extract.documents.ocr.recognise import with_pictures

    # Pictures within the page itself are the page's own, and counted as these are.
    own = tuple(reading for reading in page.readings if reading.structural)
    joined = with_pictures(replace(page, readings=own, pictures=max(page.pictures, len(pictures))), pictures)
    return replace(joined, sheets=tuple(map(_sheet, pictures)))


def _sheet(data: bytes) -> Sheet:
    media_type = MEDIA_TYPES.get(sniff(data), "application/octet-stream")
    return Sheet(hashlib.sha256(data).hexdigest(), media_type, len(data))
