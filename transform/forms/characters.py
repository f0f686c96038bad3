"""Traditional characters made simplified, character by character: for matching only, texts stay as printed.

A text keeps its length, so that a place found in the converted text is the place in the printed one. The list of
``characters.json`` holds the traditional characters of the official labels; only a text that has one of them is
converted whole, with the tables of OpenCC.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError

_RAISED = re.compile("[\u00b9\u00b2\u00b3\u2070-\u2079\u2460-\u2473\u24f5-\u24fe\u2776-\u2793]")


def simplified(text: str) -> str:
    """Return a text in simplified characters, of the same length.

    >>> simplified("政府信息公開"), simplified("規範性檔案")
    ('政府信息公开', '规范性档案')
    """
    if text.isascii():
        return text
    known = text.translate(label_characters())
    return known.translate(_all_characters()) if known != text else text


def matchable(text: str) -> str:
    """Return a text in NFKC and simplified characters without changing any offset.

    A character that would become several stays as it is. A raised or circled digit points to a note: it becomes ``*``.
    """
    text = _RAISED.sub("*", text)
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) != len(text):
        plain = "".join(n if len(n := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)
    return simplified(plain)


@lru_cache(maxsize=1)
def label_characters() -> dict[int, str]:
    """Return the traditional characters of the official labels with their simplified forms."""
    path = REFERENCE / "forms" / "characters.json"
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"))["simplified"]
    except (OSError, ValueError, KeyError) as error:
        raise ReferenceDataError(f"{path.name}: {error}; restore it from version control") from error
    return {ord(k): v for k, v in pairs.items()}


@lru_cache(maxsize=1)
def _all_characters() -> dict[int, str]:
    from opencc import OpenCC

    characters = [chr(code) for code in range(0x3400, 0xA000)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(a): b for a, b in zip(characters, converted, strict=True) if a != b and len(b) == 1}
