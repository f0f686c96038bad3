"""How cells of an XLSX sheet look beside their number format: hidden by colour, raised, struck, covered, in a font of signs.

In: the parts of the package (ECMA-376 part 1, 18.8 and 18.3.1.10). Out: for each style of a cell how its text is shown, the
shared strings of which a part is raised or struck, and what conditional formats hide.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from extract.documents.shared.blocks import OBJECT, Item, Raised, Struck, shown
from extract.documents.shared.package import local, parse_part
from extract.documents.sheets.formulas import Place, place_of

_WHITE = ("FFFFFFFF", "00FFFFFF", "FFFFFF")
_SIGN_FONTS = ("wingdings", "webdings", "symbol", "marlett")


class Look(NamedTuple):
    """How the text of a font or a style is shown."""

    white: bool = False
    raised: bool = False
    struck: bool = False
    signs: bool = False


class ShownText(NamedTuple):
    """What a cell shows (as in ``Cell``)."""

    text: str
    doubt: str | None = None
    mark: str | None = None
    struck: str | None = None


@dataclass
class Styles:
    """By number of a cell's style: its font's look and whether its ground is white; the hiding ones of the conditional formats."""

    looks: list[Look] = field(default_factory=list)
    on_white: list[bool] = field(default_factory=list)
    hiding: list[bool] = field(default_factory=list)

    def of(self, style: int) -> Look:
        look = self.looks[style] if style < len(self.looks) else Look()
        ground = self.on_white[style] if style < len(self.on_white) else True
        return look._replace(white=look.white and ground)


class Condition(NamedTuple):
    """A conditional format that hides: places, the comparison (``equal`` …) and its number; None where it is of another kind."""

    places: tuple[tuple[Place, Place], ...]
    operator: str | None
    number: float

    def covers(self, place: Place) -> bool:
        return any(a[0] <= place[0] <= b[0] and a[1] <= place[1] <= b[1] for a, b in self.places)

    def hides(self, value: object) -> bool | None:
        """Tell whether a value is hidden; None where that cannot be told."""
        if self.operator is None:
            return None
        if isinstance(value, str):
            return False
        number = float(value) if isinstance(value, int | float) else 0.0
        compared = {
            "equal": number == self.number,
            "notEqual": number != self.number,
            "lessThan": number < self.number,
            "lessThanOrEqual": number <= self.number,
            "greaterThan": number > self.number,
            "greaterThanOrEqual": number >= self.number,
        }
        return compared.get(self.operator)


def read_styles(archive: zipfile.ZipFile) -> Styles:
    """Return the looks of the styles of a workbook; none where it has no styles."""
    styles = Styles()
    if "xl/styles.xml" not in archive.namelist():
        return styles
    fonts: list[Look] = []
    fills: list[bool] = []
    for group in parse_part(archive, "xl/styles.xml", "XLSX"):
        name = local(group)
        if name == "fonts":
            fonts = [_look(font) for font in group if local(font) == "font"]
        elif name == "fills":
            fills = [_is_white(fill) for fill in group if local(fill) == "fill"]
        elif name == "cellXfs":
            for xf in (xf for xf in group if local(xf) == "xf"):
                font, fill = _number(xf.get("fontId")), _number(xf.get("fillId"))
                styles.looks.append(fonts[font] if font < len(fonts) else Look())
                styles.on_white.append(fills[fill] if fill < len(fills) else True)
        elif name == "dxfs":
            styles.hiding = [_hides(dxf) for dxf in group if local(dxf) == "dxf"]
    return styles


def read_strings(archive: zipfile.ZipFile) -> dict[int, ShownText]:
    """Return the shared strings of which a part is raised, struck or in a font of signs, by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return {}
    found = {}
    strings = (one for one in parse_part(archive, "xl/sharedStrings.xml", "XLSX") if local(one) == "si")
    for number, string in enumerate(strings):
        if (text := rich_text(string)) is not None:
            found[number] = text
    return found


def rich_text(string: etree._Element) -> ShownText | None:
    """Return what a string of several runs shows; None where all of it is plain."""
    items: list[Item] = []
    plain = True
    for run in string:
        if local(run) == "t":
            items.append(run.text or "")
        if local(run) != "r":
            continue
        look = next((_look(part) for part in run if local(part) == "rPr"), Look())
        text = "".join(part.text or "" for part in run if local(part) == "t")
        plain = plain and not any(look)
        if look.white:
            continue
        if look.signs:
            text = "".join(sign if sign.isspace() else OBJECT for sign in text)
        items.append(Struck(text) if look.struck else Raised(text) if look.raised else text)
    if plain:
        return None
    text, doubt, mark, struck = shown(items)
    return ShownText(text, doubt, mark, struck)


def conditions(sheet: etree._Element, hiding: list[bool]) -> Iterator[Condition]:
    """Yield the conditional formats of a sheet that hide what they match."""
    for group in sheet:
        if local(group) != "conditionalFormatting":
            continue
        places = tuple(span for part in (group.get("sqref") or "").split() if (span := _span(part)))
        for rule in group:
            style = _number(rule.get("dxfId")) if rule.get("dxfId") else len(hiding)
            if local(rule) == "cfRule" and style < len(hiding) and hiding[style]:
                formula = next((part.text or "" for part in rule if local(part) == "formula"), "")
                is_number = re.fullmatch(r"-?\d+(?:\.\d+)?", formula.strip())
                operator = rule.get("operator") if rule.get("type") == "cellIs" and is_number else None
                yield Condition(places, operator, float(formula) if operator else 0.0)


def _span(reference: str) -> tuple[Place, Place] | None:
    first, _, last = reference.partition(":")
    a, b = place_of(first), place_of(last or first)
    return (a, b) if a and b else None


def _look(font: etree._Element) -> Look:
    look = Look()
    for part in font:
        name = local(part)
        value = (part.get("val") or "").lower()
        if name == "color":
            is_white = (
                (part.get("rgb") or "").upper() in _WHITE
                or part.get("theme") == "0"
                or part.get("indexed") in ("1", "9")
            )
            look = look._replace(white=is_white and not part.get("tint"))
        elif name == "vertAlign":
            look = look._replace(raised=value in ("superscript", "subscript"))
        elif name == "strike":
            look = look._replace(struck=value not in ("0", "false"))
        elif name in ("name", "rFont"):
            look = look._replace(signs=value.startswith(_SIGN_FONTS))
    return look


def _is_white(fill: etree._Element) -> bool:
    for pattern in fill:
        if local(pattern) != "patternFill":
            return False
        if pattern.get("patternType") in (None, "none"):
            return True
        colour = next((part for part in pattern if local(part) == "fgColor"), None)
        return colour is not None and ((colour.get("rgb") or "").upper() in _WHITE or colour.get("theme") == "0")
    return True


def _hides(style: etree._Element) -> bool:
    for part in style:
        if local(part) == "font" and _look(part).white:
            return True
        if local(part) == "numFmt" and set(part.get("formatCode") or "") == {";"}:
            return True
    return False


def _number(text: str | None) -> int:
    return int(text[:6]) if text and text.isascii() and text.isdecimal() else 0
