"""What fields of a form show, and where scripts write: cells whose text is not in the page's own text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from extract.documents.shared.blocks import OBJECT

_UNTYPED = frozenset(("hidden", "submit", "button", "image", "reset", "file", "checkbox", "radio"))
_NO_TEXT = frozenset(("password", "range", "color"))
_WRITES = ("innerHTML", "innerText", "textContent", ".html(", ".text(", ".val(", ".value=", ".value =", ".append(")
_NAMED = re.compile(r"[\"'#.]([A-Za-z_][\w-]*)[\"']")
#: Attributes by which frameworks bind a cell to a value that a script gives it.
_BOUND = ("v-text", "v-html", "ng-bind", "ng-model", "v-model", "data-bind", "x-text", "th:text", ":value")


_SIGNS_OF_BOUND = ("-text=", "-html=", "-bind", "-model=", ":text=", ":value=")


@dataclass(frozen=True)
class Written:
    """Where scripts may write: into elements of these names (id, name, class), and with ``bound`` into bound ones."""

    names: frozenset[str] = field(default_factory=frozenset)
    bound: bool = False

    def __bool__(self) -> bool:
        return bool(self.names or self.bound)

    def into(self, element: etree._Element) -> bool:
        """Tell whether a script may write into an element."""
        if self.names:
            if element.get("id") in self.names or element.get("name") in self.names:
                return True
            if (classes := element.get("class")) and not self.names.isdisjoint(classes.split()):
                return True
        return self.bound and any(element.get(name) is not None for name in _BOUND)


def read_written(root: etree._Element, source: str) -> Written:
    """Return where the scripts within a page may write."""
    bound = any(sign in source for sign in _SIGNS_OF_BOUND)
    names: set[str] = set()
    for script in root.iter("script"):
        text = "".join(str(part) for part in script.itertext())
        if any(sign in text for sign in _WRITES):
            names.update(_NAMED.findall(text))
    return Written(frozenset(names), bound)


def field_text(element: etree._Element) -> str:
    """Return what a field shows: the value of an ``input``, the text of a ``textarea``, the choice of a ``select``."""
    if element.tag == "input":
        kind = (element.get("type") or "text").strip().lower()
        if kind in _NO_TEXT:
            return OBJECT
        return "" if kind in _UNTYPED else element.get("value") or ""
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        shown = chosen[-1:] or options[:1]
        return "".join(str(part) for option in shown for part in option.itertext())
    return "".join(str(part) for part in element.itertext())
