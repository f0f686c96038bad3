"""Printed labels made comparable: one text in, its numbering and its bare core out.

The one thing to know: the core keeps only letters, digits and Chinese characters, so that line breaks, letter spacing,
full-width forms, Kangxi radicals, brackets and quotes never decide whether a label matches; the numbering is kept
apart because it alone tells 其他 (a column) from 3.其他 (a row).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from transform.forms.characters import simplified

# Mirrors annotate characters with their reading in brackets, 規(guī)章.
_PINYIN = re.compile(r"\([a-zA-Zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ]{1,7}\)")
_SPACE = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ue5e5]+")
_NUMBERING = re.compile(
    r"^(?:"
    r"(?P<top>[一二三四五六七八九十]{1,3})[、.,:]"
    r"|\((?P<sub>[一二三四五六七八九十]{1,3}|\d{1,2})\)[、.,:]?"
    r"|(?P<item>\d{1,2})[、.)](?!\d)"
    r")"
)
_AMONG = re.compile(r"^其中[:,]?")
_NOT_CORE = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"\([^()]*\)")
# Marks that point to a note: raised and circled digits, which NFKC would make digits of the label.
_NOTE_MARKS = dict.fromkeys(
    [0xB9, 0xB2, 0xB3, *range(0x2070, 0x207A), *range(0x2460, 0x2474), *range(0x24F5, 0x24FF), *range(0x2776, 0x2794)]
)
_PUNCTUATION = str.maketrans("，：．。〔〕【】［］[]", ",:..()()()()")


@dataclass(frozen=True, slots=True)
class Label:
    """``numbering`` is ``一``, ``(一)`` or ``1`` (None without); ``core`` the bare label, ``short`` it without what stands in brackets."""

    numbering: str | None
    core: str
    short: str


def clean(text: str) -> str:
    """Return a text in NFKC without any white space, readings in brackets and marks of notes removed and 〔〕【】 made ()."""
    plain = unicodedata.normalize("NFKC", text.translate(_NOTE_MARKS))
    text = simplified(_SPACE.sub("", plain).translate(_PUNCTUATION))
    return _PINYIN.sub("", text) if "(" in text else text


@lru_cache(maxsize=16384)
def parse_label(text: str) -> Label:
    """Split a printed label into its numbering and its core.

    >>> parse_label("（三）\\n不予 公开")
    Label(numbering='(三)', core='不予公开', short='不予公开')
    """
    rest = _AMONG.sub("", clean(text))
    numbering = None
    match = _NUMBERING.match(rest)
    if match:
        kind = match.lastgroup
        numbering = {"top": "{}", "sub": "({})", "item": "{}"}[kind or "top"].format(match[kind or "top"])
        rest = _AMONG.sub("", rest[match.end() :])
    core = _NOT_CORE.sub("", rest)
    short = core
    if "(" in rest:
        bare = rest
        for _ in range(3):
            bare = _BRACKETS.sub("", bare)
        # A bracket that is never closed opens a note as well: 规范性文件(指以本机关名义
        short = _NOT_CORE.sub("", bare.split("(")[0] if bare.count("(") > bare.count(")") else bare)
    return Label(numbering, core, short)
