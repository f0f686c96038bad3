"""The pictures that a page carries within itself, as ``data:`` addresses: their bytes, in the order in which they stand."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from lxml import etree

from extract.documents.html.css import is_picture

_MOST = 40


def pictures_of(root: etree._Element) -> list[bytes]:
    """Return the bytes of the ``data:`` pictures of a page that are large enough for a table (RFC 2397)."""
    found: list[bytes] = []
    for image in root.iter("img"):
        source = (image.get("src") or "").strip()
        if not source.startswith("data:image/") or not is_picture(image) or len(found) == _MOST:
            continue
        head, _, data = source.partition(",")
        try:
            found.append(base64.b64decode(data) if head.endswith(";base64") else unquote_to_bytes(data))
        except (binascii.Error, ValueError):
            continue
    return found
