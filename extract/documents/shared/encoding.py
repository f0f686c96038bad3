"""Bytes of a page or text file to characters, by what the bytes are and not by what the page declares.

Portals declare gb2312 over UTF-8 and the reverse, so the declared name is not looked at. The order is: byte order
mark, strict UTF-8, UTF-8 with a few bad bytes (kept as U+FFFD, so that they can be seen), GB18030 (which holds
GB 2312 and GBK).
"""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding; bytes that fit none become U+FFFD, never an error."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    utf8 = data.decode("utf-8", "replace")
    if _mostly_utf8(utf8):
        return utf8, "utf-8"
    try:
        return data.decode("gb18030"), "gb18030"
    except UnicodeDecodeError:
        gb18030 = data.decode("gb18030", "replace")
    # Neither fits whole: the one with fewer bad places.
    if utf8.count("\ufffd") < gb18030.count("\ufffd"):
        return utf8, "utf-8"
    return gb18030, "gb18030"


def _mostly_utf8(text: str) -> bool:
    """Tell UTF-8 with a few bad bytes: GBK read as UTF-8 has more bad places than characters beyond ASCII."""
    bad = text.count("\ufffd")
    good = len(text.encode("ascii", "ignore"))
    beyond_ascii = len(text) - good - bad
    return beyond_ascii > 4 * bad
