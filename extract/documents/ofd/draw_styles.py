"""Line widths, colours and reusable drawings of an OFD file (GB/T 33190-2016, 8.2, 8.3 and 13), read from its resources."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from extract.documents.shared.package import local

# Millimetres; what a path without a width is drawn with (8.5, table 31).
_WIDTH = 0.353
# Components of a colour that is not told apart from the paper.
_WHITE = 250


@dataclass
class DrawStyle:
    """Drawing parameters and composite drawings by their identifiers."""

    parameters: dict[str, etree._Element] = field(default_factory=dict)
    drawings: dict[str, etree._Element] = field(default_factory=dict)

    def line_width(self, element: etree._Element, layer: str | None) -> float:
        for source in self._sources(element, layer):
            width = source.get("LineWidth")
            if width:
                return float(width)
        return _WIDTH

    def is_white(self, element: etree._Element, colour: str, layer: str | None) -> bool:
        """Tell whether ``FillColor`` or ``StrokeColor`` of an object cannot be seen on paper; black where none is named."""
        for source in self._sources(element, layer):
            for child in source:
                if local(child) == colour:
                    return _is_white(child)
        return False

    def _sources(self, element: etree._Element, layer: str | None) -> list[etree._Element]:
        """Return what a value is looked for in: the object, its drawing parameters, what those build on."""
        sources = [element]
        name = element.get("DrawParam") or layer
        while name in self.parameters and len(sources) < 10:
            sources.append(self.parameters[name])
            name = self.parameters[name].get("Relative")
        return sources


def read_styles(root: etree._Element, styles: DrawStyle) -> None:
    """Add what a resource file holds."""
    for element in root.iter():
        if local(element) == "DrawParam" and element.get("ID"):
            styles.parameters[element.get("ID") or ""] = element
        elif local(element) in ("CompositeGraphicUnit", "CompositeGraphUnit") and element.get("ID"):
            styles.drawings[element.get("ID") or ""] = element


def _is_white(colour: etree._Element) -> bool:
    if colour.get("Alpha") == "0":
        return True
    parts = [_component(part) for part in (colour.get("Value") or "").split()]
    if len(parts) == 4:
        return not any(parts)  # CMYK: no ink.
    return bool(parts) and min(parts) >= _WHITE


def _component(text: str) -> int:
    return int(text.lstrip("#"), 16) if text.startswith("#") else int(float(text))
