"""Text that a spreadsheet program does not take for a formula.

Excel, LibreOffice and WPS take a cell for a formula if it begins with ``=``, ``+``, ``-``, ``@`` (in East Asian settings
their full-width forms too) or with a tab or line break before one of them; an apostrophe in front makes it text.
"""

from __future__ import annotations

#: Stands at the end of a text that is longer than a format takes.
CUT = "… (cut: the Parquet file has all of it)"
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Return the text, with an apostrophe in front where it would start a formula."""
    return f"'{text}" if text.startswith(_STARTS) else text
