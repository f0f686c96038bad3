"""Line widths, colours and reusable drawings of an OFD file (GB/T 33190-2016, 8.2, 8.3 and 13), read from its resources."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from lxml import etree

from extract.documents.shared.package import local

# Millimetres; what a path without a width is drawn with (8.5, table 31).
_WIDTH = 0.353
# Components of a colour that is not told apart from the paper.
_WHITE = 250


@dataclass
class DrawStyle:
    """Drawing parameters, composite drawings and the files of pictures (their names in the package) by their identifiers."""

    parameters: dict[str, etree._Element] = field(default_factory=dict)
    drawings: dict[str, etree._Element] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def line_width(self, element: etree._Element, layer: str | None) -> float:
        for source in self._sources(element, layer):
            width = source.get("LineWidth")
            if width:
                return float(width)
        return _WIDTH

    def is_white(self, element: etree._Element, colour: str, layer: str | None) -> bool:
        """Tell whether ``FillColor`` or ``StrokeColor`` of an object cannot be seen on paper; black where none is named."""
        found = self._colour(element, colour, layer)
        return found is not None and _is_white(found)

    def grey(self, element: etree._Element, colour: str, layer: str | None) -> int | None:
        """Return how light (0 black to 255) ``FillColor`` or ``StrokeColor`` of an object is, None for one not seen."""
        found = self._colour(element, colour, layer)
        if found is None:
            return 0
        return None if found.get("Alpha") == "0" else _grey(found)

    def _colour(self, element: etree._Element, colour: str, layer: str | None) -> etree._Element | None:
        sources = self._sources(element, layer)
        return next((child for source in sources for child in source if local(child) == colour), None)

    def _sources(self, element: etree._Element, layer: str | None) -> list[etree._Element]:
        """Return what a value is looked for in: the object, its drawing parameters, what those build on."""
        sources = [element]
        name = element.get("DrawParam") or layer
        while name in self.parameters and len(sources) < 10:
            sources.append(self.parameters[name])
            name = self.parameters[name].get("Relative")
        return sources


def read_styles(root: etree._Element, name: str, styles: DrawStyle) -> None:
    """Add what a resource file of this name holds."""
    folder = posixpath.join(posixpath.dirname(name), (root.get("BaseLoc") or "").replace("\\", "/"))
    for element in root.iter():
        if local(element) == "DrawParam" and element.get("ID"):
            styles.parameters[element.get("ID") or ""] = element
        elif local(element) in ("CompositeGraphicUnit", "CompositeGraphUnit") and element.get("ID"):
            styles.drawings[element.get("ID") or ""] = element
        elif local(element) == "MultiMedia" and element.get("ID"):
            file = next(((e.text or "").strip() for e in element if local(e) == "MediaFile"), "")
            styles.files[element.get("ID") or ""] = posixpath.normpath(
                posixpath.join(folder, file.replace("\\", "/"))
            ).lstrip("/")


def _is_white(colour: etree._Element) -> bool:
    if colour.get("Alpha") == "0":
        return True
    parts = _components(colour)
    if len(parts) == 4:
        return not any(parts)  # CMYK: no ink.
    return bool(parts) and min(parts) >= _WHITE


def _grey(colour: etree._Element) -> int:
    parts = _components(colour)
    if len(parts) == 4:
        return max(255 - max(parts[:3]) - parts[3], 0)
    return min(sum(parts) // len(parts), 255) if parts else 0


def _components(colour: etree._Element) -> list[int]:
    return [_component(part) for part in (colour.get("Value") or "").split()]


def _component(text: str) -> int:
    return int(text.lstrip("#"), 16) if text.startswith("#") else int(float(text))
