"""What a printed cell says: a number or not, its status, the unit it prints.

The one thing to know: nothing is ever completed or repaired here. A cell that is not plainly a number of the kinds seen
on real reports (docs/contract.md, ``status``) is ``unreadable`` and keeps its text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from transform.forms.measures import STANDARD_MEASURES

_SPACE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\ue5e5]+")
_UNIT = r"万元|亿元|元|万?(?:件|条|项|个|次|篇|人次|人)|万|亿|起|宗|份|部|本|册"
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_UP, _DOWN = r"增加|增长|新增|上升|增|↑", r"减少|下降|减|↓"
_SIGNED = re.compile(
    rf"^(?P<sign>\(?(?:{_UP}|{_DOWN})\)?:?|\+|--?)?(?P<number>{_NUMBER})(?P<unit>{_UNIT})?(?P<note>\([^()]*\)[。;.]?)?$"
)
# The way of a change in brackets behind it: 4（减）.
_WAY = re.compile(rf"^\((?:(?P<down>{_DOWN})|{_UP})(?:{_UNIT})?\)$")
_UNIT_ALONE = re.compile(r"^\((万元|亿元|元)\)$")
_DASHES = re.compile(r"^[-\u2010-\u2015\u2212\u2500ー_~\u30fb.·]{1,6}$")
_SLASHES = re.compile(r"^[/\\|]{1,3}$")
_NONE_WORDS = frozenset(["无", "没有", "空", "无此项", "无数据"])
_BOTH_WAYS = re.compile(r"^\+?(?P<up>\d+)[/\\]-?(?P<down>\d+)$")
# Digits of one number with a gap or a line break between them.
_APART = re.compile(r"[0-9.,]\s+[0-9.,]")
_ONLY_FIGURES = re.compile(r"^\([0-9.,%]+\)[。;.]?$")
# Marks that point to a note, at either end of a number.
_NOTE_MARKS = re.compile(r"^[*\u203b\u2020\u2021]+(?=[0-9])|(?<=[0-9])[*\u203b\u2020\u2021]+$")
# Signs that people and programs put for digits: a number of which any is one is doubtful. U+F030 to U+F039 are the digits of
# symbol fonts.
_LOOK_ALIKES = {ord(sign): digit for sign, digit in zip("OoОо〇○◯lI|丨", "00000001111", strict=True)}
_LOOK_ALIKES.update({0xF030 + digit: str(digit) for digit in range(10)})
# What a sheet shows in place of a number that it cannot give.
_ERROR_VALUE = re.compile(r"^#(?:REF!|DIV/0!|N/A|NAME\?|VALUE!|NUM!|NULL!|SPILL!|CALC!|#+)$", re.IGNORECASE)
#: What a reader puts where something is shown in a cell that is no text (extract/document.py, Cell).
OBJECT = "\ufffc"


@dataclass(frozen=True, slots=True)
class Value:
    """``value`` is None unless the cell is a number; ``unit`` only what the cell itself prints.

    ``broken`` is true where the digits stood apart (on two lines, or with a gap): the number is what they give when
    joined, and whoever uses it must know. ``doubt`` says why the signs may not be the digits they were taken for.
    """

    value: float | None
    status: str
    unit: str | None = None
    note: str | None = None
    broken: bool = False
    doubt: str | None = None


@lru_cache(maxsize=16384)
def parse_value(text: str) -> Value:
    """Return what a value cell says.

    >>> parse_value("22（其中修订 16 件）")
    Value(value=22.0, status='reported', unit=None, note='(其中修订16件)', broken=False, doubt=None)
    >>> parse_value("22¹").value, parse_value("9O").value, parse_value("9O").doubt
    (22.0, 90.0, "'O' taken for 0")
    >>> parse_value(" / ").status
    'slash'
    """
    plain, doubt = (text, None) if text.isascii() else _plain(text)
    plain = plain.strip().replace("\u2212", "-").replace("、", ",")
    compact = _NOTE_MARKS.sub("", _SPACE.sub("", plain))
    if not compact:
        return Value(None, "blank")
    if _DASHES.match(compact) or _SLASHES.match(compact):
        return Value(None, "slash")
    if compact in _NONE_WORDS:
        return Value(None, "none_word")
    if _ERROR_VALUE.match(compact):
        return Value(None, "unreadable", note=f"the sheet shows {compact}")
    both = _BOTH_WAYS.match(compact)
    if both:
        # 0/0 in 本年增/减: nothing added, nothing dropped. Any other pair has no single number.
        if int(both["up"]) == int(both["down"]) == 0:
            return Value(0.0, "reported", note=f"printed as {compact}")
        return Value(None, "unreadable", note="two numbers in one cell")
    match = _SIGNED.match(compact)
    if not match and (digits := compact.translate(_LOOK_ALIKES)) != compact:
        taken = sorted(
            {f"{sign!r} taken for {_LOOK_ALIKES[ord(sign)]}" for sign in compact if ord(sign) in _LOOK_ALIKES}
        )
        match, doubt = _SIGNED.match(digits), "; ".join(taken)
    if not match:
        return Value(None, "unreadable", note="something that is no text" if OBJECT in compact else "not a number")
    number = float(match["number"].replace(",", ""))
    note = match["note"]
    way = _WAY.match(note or "")
    if re.search(rf"{_DOWN}|-", match["sign"] or "") or (way and way["down"]):
        number = -number if number else 0.0
    if way and match["sign"] and bool(way["down"]) != (number < 0):
        doubt = doubt or "sign and words of the change differ"
    unit = _UNIT_ALONE.match(note or "")
    if "、" in text and "," in match["number"]:
        doubt = doubt or "、 taken for a comma"
    if note and _ONLY_FIGURES.match(note):
        doubt = doubt or "a second figure in brackets"
    broken = bool(_APART.search(plain.partition("(")[0]))
    return Value(number, "reported", match["unit"] or (unit[1] if unit else None), note, broken, doubt)


def _plain(text: str) -> tuple[str, str | None]:
    """Return a text with full-width and other forms of signs made plain, marks of notes made ``*``; and a doubt.

    A raised or circled digit is a mark. Where a cell holds nothing else, it is taken for the digit it is.
    """
    signs = [unicodedata.normalize("NFKC", sign) for sign in text]
    marks = [any(s.isdecimal() for s in sign) and not _is_digit(char) for char, sign in zip(text, signs, strict=True)]
    if any(marks) and all(mark or not sign.strip() for mark, sign in zip(marks, signs, strict=True)):
        return "".join(signs), "the figure is printed in the signs of note marks"
    return "".join("*" if mark else sign for mark, sign in zip(marks, signs, strict=True)), None


def _is_digit(char: str) -> bool:
    """Tell whether a character is one of the digits 0 to 9, plain or full width; others are digits of other scripts."""
    return char in "0123456789" or "\uff10" <= char <= "\uff19"


def standardise(value: float | None, unit: str | None) -> tuple[float | None, str | None]:
    """Return value and unit in 元, 件, …; (None, None) where the unit is unknown or the cell is no number."""
    if value is None or unit not in STANDARD_MEASURES:
        return None, None
    name, factor = STANDARD_MEASURES[unit]
    # Decimal places as printed must survive: 113.96 万元 is 1139600 元, not 1139599.9999999999.
    return round(value * factor, 6), name
