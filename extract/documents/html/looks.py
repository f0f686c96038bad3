"""From a page's elements to what a person sees of them: hidden, raised, struck out, drawn backwards.

In: the tree of a page and its source. Out: for each element that looks otherwise than its parent, how it looks. The page's
own style sheets (``<style>``), ``style`` attributes and the elements of HTML that mean a look (``<sup>``, ``<del>``) decide,
by the cascade of CSS 2.1 (section 6.4). Style sheets in other files are not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

from lxml import etree

from extract.documents.html.stylesheet import (
    LENGTH,
    PROPERTIES,
    Declared,
    Sheets,
    bears,
    declarations,
    family,
    pixels,
    texts_of_sheets,
)
from extract.documents.shared.colours import WHITE, Colour, alike, colour_of

#: How an element looks; flags that add up. GONE takes no place on the page at all, UNSURE may show other signs or another order.
GONE, UNSEEN, RAISED, STRUCK, BACKWARDS, UNSURE = 1, 2, 4, 8, 16, 32


# Elements and attributes that mean a look by themselves.
_TELLING = ("sup", "sub", "del", "s", "strike", "bdo", "rt", "rp", "font")
_STYLES = etree.XPath("//@style", smart_strings=False)
_DECLARING = etree.XPath(
    "//*[@style or @dir or @hidden or @bgcolor or @background or @color or self::details or self::dialog"
    " or self::sup or self::sub or self::rt or self::del or self::s or self::strike or self::rp or self::bdo]"
)
_FAR_AWAY = -500.0

# Values that leave a property as it is above.
_AS_ABOVE = ("inherit", "unset", "currentcolor", "revert", "revert-layer")
_HIDDEN = etree.XPath("boolean(//*[@hidden] | //details | //dialog)")
_MIRRORED = re.compile(r"scalex\(\s*-1|scale\(\s*-1|rotatey\(180")
_CLIPPED = re.compile(r"(?:rect\(\s*0|inset\(\s*(?:50|100)%|circle\(\s*0)", re.IGNORECASE)


_INLINE = frozenset(("span", "font", "b", "strong", "i", "em", "a", "small", "big", "u", "o:p", "label", "tt"))
_CELLS = frozenset(("td", "th", "tr", "tbody", "thead", "tfoot", "table"))


@dataclass(frozen=True)
class Looks:
    """``of`` gives the flags of each element that looks otherwise than its parent; ``before`` and ``after`` the text that a
    style sheet puts into elements. ``undecided`` names a rule that could not be decided, where there is one.
    """

    of: Mapping[etree._Element, int] = field(default_factory=dict)
    before: Mapping[etree._Element, str] = field(default_factory=dict)
    after: Mapping[etree._Element, str] = field(default_factory=dict)
    undecided: str | None = None

    def __bool__(self) -> bool:
        return bool(self.of or self.before or self.after or self.undecided)


class _State(NamedTuple):
    """What an element hands on to those in it."""

    flags: int = 0
    visible: bool = True
    gone: bool = False  # not to be seen, whatever is declared further in
    tiny: bool = False
    indented: bool = False
    colour: Colour = Colour(0, 0, 0)
    ground: Colour | None = WHITE  # what is behind it; None where that is not known
    override: bool = False
    rtl: bool = False


def read_looks(root: etree._Element, source: str) -> Looks:
    """Return how the elements of a page look; nothing where nothing in it can change how text is shown."""
    if not (
        next(root.iter(*_TELLING), None) is not None
        or _HIDDEN(root)
        or any(map(bears, set(cast("list[str]", _STYLES(root)))))
        or any(map(bears, texts_of_sheets(root)))
    ):
        return Looks()
    sheets = Sheets(root)
    declared = sheets.declared
    for element in cast("list[etree._Element]", _DECLARING(root)):
        _own_declarations(element, declared)
    of = _inherited(root, declared, sheets.font_faces, on_white=not _brings_sheets(root, source))
    return Looks(of, sheets.before, sheets.after, sheets.undecided)


def _brings_sheets(root: etree._Element, source: str) -> bool:
    """Tell whether style sheets that are not seen here may colour the page."""
    return "@import" in source or any("stylesheet" in (link.get("rel") or "").lower() for link in root.iter("link"))


def _own_declarations(element: etree._Element, declared: dict[etree._Element, Declared]) -> None:
    """Add what an element's own attributes and its kind declare."""
    tag = element.tag
    style = element.get("style")
    own: Declared = {}
    if tag in ("sup", "sub", "rt"):
        own["vertical-align"] = (0, -1), "super"
    elif tag in ("del", "s", "strike"):
        own["text-decoration"] = (0, -1), "line-through"
    elif tag == "rp":
        own["display"] = (0, -1), "none"
    elif tag == "bdo":
        own["unicode-bidi"] = (0, -1), "bidi-override"
    if element.get("dir"):
        own["direction"] = (0, -1), (element.get("dir") or "").strip().lower()
    if element.get("hidden") is not None:
        own["display"] = (0, -1), "none"
    if tag == "dialog" and element.get("open") is None:
        own["display"] = (0, -1), "none"
    if tag == "details" and element.get("open") is None:
        own["content-visibility"] = (0, -1), "closed"
    if tag == "font" and element.get("color"):
        own["color"] = (0, -1), (element.get("color") or "").strip().lower()
    if element.get("bgcolor"):
        own["background-color"] = (0, -1), (element.get("bgcolor") or "").strip().lower()
    if element.get("background"):
        own["background-image"] = (0, -1), "url()"
    if style and ":" in style:
        own.update(_declared_by(style))
    if not own:
        return
    known = declared[element]
    for name, (weight, value) in own.items():
        if name not in known or known[name][0] <= weight:
            known[name] = weight, value


@lru_cache(maxsize=4096)
def _declared_by(style: str) -> Declared:
    """Return what a ``style`` attribute declares."""
    own: Declared = {}
    for name, value, important in declarations(style):
        if name in PROPERTIES and not (name in own and own[name][0] > (important, 1)):
            own[name] = (important, 1), value
    return own


def _inherited(
    root: etree._Element, declared: Mapping[etree._Element, Declared], font_faces: set[str], *, on_white: bool
) -> dict[etree._Element, int]:
    """Return the flags of every element that looks otherwise than its parent."""
    flags: dict[etree._Element, int] = {}
    states: dict[etree._Element, _State] = {}
    start = _State(ground=WHITE if on_white else None)
    for element in root.iter():
        parent = element.getparent()
        above = states.get(parent, start) if parent is not None else start
        own = declared.get(element)
        if not own:
            states[element] = above
            continue
        values = {name: value for name, (_, value) in own.items()}
        if values.get("display") == "none" or (element.tag == "tr" and values.get("visibility") == "collapse"):
            flags[element] = GONE
            states[element] = above
            continue
        state = _state(element, values, above, font_faces)
        if state.flags != above.flags:
            flags[element] = state.flags
        states[element] = state
    return flags


def _state(element: etree._Element, values: Mapping[str, str], above: _State, font_faces: set[str]) -> _State:
    values = {name: value for name, value in values.items() if value not in _AS_ABOVE}
    in_table = element.tag in _CELLS or next(element.iterancestors("table"), None) is not None
    state = above
    if "visibility" in values:
        state = state._replace(visible=values["visibility"] not in ("hidden", "collapse"))
    if size := values.get("font-size") or _size_of(values.get("font", "")):
        state = state._replace(tiny=_is_tiny(size, above.tiny))
    if "text-indent" in values:
        state = state._replace(indented=(pixels(values["text-indent"]) or 0) <= _FAR_AWAY)
    text = values.get("-webkit-text-fill-color") or values.get("color")
    if text is not None and (colour := colour_of(text)) is not None:
        state = state._replace(colour=colour)
    state = state._replace(ground=_ground(values, above.ground))
    # What lies around whole tables is shown by scripts (tabs, pages that fade in); within a table nothing shows it.
    if in_table and _is_out_of_sight(values):
        state = state._replace(gone=True)
    if "unicode-bidi" in values:
        state = state._replace(override="override" in values["unicode-bidi"])
    if "direction" in values:
        state = state._replace(rtl=values["direction"] == "rtl")
    flags = state.flags & ~(UNSEEN | BACKWARDS)
    if element.tag not in _CELLS and _is_raised(element, values):
        flags |= RAISED
    if "line-through" in values.get("text-decoration", "") or "line-through" in values.get("text-decoration-line", ""):
        flags |= STRUCK
    if (state.override and state.rtl) or _MIRRORED.search(values.get("transform", "")):
        flags |= BACKWARDS
    if font_faces and "font-family" in values and family(values["font-family"]) in font_faces:
        flags |= UNSURE
    unknown_ground = state.ground is None and alike(state.colour, WHITE)
    if in_table and element.tag != "table" and (unknown_ground or _is_unsure(element, values)):
        flags |= UNSURE
    unseen = not state.visible or state.gone or state.tiny or state.indented or state.colour.alpha <= 0.05
    if unseen or (state.ground is not None and alike(state.colour, state.ground)):
        flags |= UNSEEN
    return state._replace(flags=flags)


def _ground(values: Mapping[str, str], above: Colour | None) -> Colour | None:
    """Return the colour behind an element; None where a picture or what is not understood is there."""
    named = [values[name] for name in ("background", "background-color", "background-image") if name in values]
    for value in named:
        if value in ("none", "transparent", "initial", "0", "0 0", ""):
            continue
        found = colour_of(value) or next((one for part in value.split() if (one := colour_of(part))), None)
        if found is None or "url(" in value or "gradient(" in value:
            return None
        return found if found.alpha >= 0.95 else above if found.alpha <= 0.05 else None
    return above


def _is_out_of_sight(values: Mapping[str, str]) -> bool:
    if "opacity" in values and (pixels(values["opacity"]) or 0) <= 0.02 and values["opacity"][:1] in "0.":
        return True
    if _CLIPPED.match(values.get("clip", "")) or _CLIPPED.match(values.get("clip-path", "")):
        return True
    if values.get("content-visibility") == "hidden":
        return True
    if values.get("position") in ("absolute", "fixed", "relative"):
        for side in ("left", "top", "right"):
            if abs(pixels(values.get(side, "")) or 0) >= -_FAR_AWAY:
                return True
    if any((pixels(values.get(side, "")) or 0) <= _FAR_AWAY for side in ("margin-left", "margin-top")):
        return True
    if values.get("overflow", "").startswith("hidden"):
        return any(pixels(values.get(side, "")) == 0 for side in ("width", "height", "max-width", "max-height"))
    return values.get("transform", "").replace(" ", "") in ("scale(0)", "scalex(0)", "scaley(0)")


def _is_unsure(element: etree._Element, values: Mapping[str, str]) -> bool:
    """Tell whether what is declared within a table may put signs elsewhere, or cannot be known."""
    if any("var(" in value for name, value in values.items() if name not in ("font-family", "width", "height")):
        return True
    if values.get("content-visibility") == "closed" or "translate" in values:
        return True
    if re.search(r"translate|matrix|rotate|skew", values.get("transform", "")):
        return True
    if element.tag in _CELLS:
        return False
    if values.get("position") in ("absolute", "fixed"):
        return True
    if values.get("position") == "relative" and any(pixels(values.get(side, "")) for side in ("left", "right")):
        return True
    moved = values.get("flex-direction", "") + values.get("flex-flow", "")
    named = any(name in values for name in ("order", "grid-column", "grid-area"))
    return named or "reverse" in moved or values.get("float") == "right"


def _size_of(font: str) -> str:
    """Return the size in a ``font`` declaration: ``0/0 a`` has the size 0."""
    return next((part.split("/")[0] for part in font.split() if part[:1].isdigit() or part[:1] == "."), "")


def _is_raised(element: etree._Element, values: Mapping[str, str]) -> bool:
    """Tell whether text stands above or below its line, as a note mark does."""
    align = values.get("vertical-align", "")
    if align.startswith(("super", "sub")):
        return True
    length = LENGTH.fullmatch(align)
    if length and float(length[1]):
        return True
    if (pixels(values.get("mso-text-raise", "")) or 0) != 0:
        return True
    if element.tag in _INLINE:
        if align in ("top", "text-top", "bottom", "text-bottom") and _is_smaller(values.get("font-size", "")):
            return True
        if values.get("position") == "relative" and abs(pixels(values.get("top", "")) or 0) >= 2:
            return True
    return False


def _is_smaller(size: str) -> bool:
    length = LENGTH.fullmatch(size)
    if length is None:
        return size in ("smaller", "x-small", "xx-small")
    number, unit = float(length[1]), (length[2] or "").lower()
    return (unit == "%" and number <= 85) or (unit == "em" and number <= 0.85) or (unit in ("px", "pt") and number <= 9)


def _is_tiny(size: str, above: bool) -> bool:
    length = LENGTH.fullmatch(size)
    if length is None:
        return above if size in ("inherit", "smaller", "larger") else False
    if (length[2] or "").lower() in ("%", "em"):
        return above or float(length[1]) <= (5 if length[2] == "%" else 0.05)
    return (pixels(size) or 0) <= 1.5
