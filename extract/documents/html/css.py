"""The little of CSS that decides what a page's tables say: what is hidden, a table, or a picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

_DISPLAY = re.compile(r"display\s*:\s*(table(?:-row-group|-header-group|-footer-group|-row|-cell)?)\b", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"^([a-z][\w-]*)?((?:\.[\w-]+)+|#[\w-]+)?$", re.IGNORECASE)
_CSS_ROLES = {
    "table": "table",
    "table-row-group": "group",
    "table-header-group": "group",
    "table-footer-group": "group",
    "table-row": "row",
    "table-cell": "cell",
}
_ARIA_ROLES = {
    "table": "table",
    "grid": "table",
    "rowgroup": "group",
    "row": "row",
    "cell": "cell",
    "gridcell": "cell",
    "columnheader": "cell",
    "rowheader": "cell",
}

_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(px|pt|cm|mm|in|em|%)?", re.IGNORECASE)
_STYLE_LENGTH = re.compile(r"(?:^|[;\s])(width|height)\s*:\s*(\d+(?:\.\d+)?)\s*(px|pt|cm|mm|in)", re.IGNORECASE)
_PIXELS = {"px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_DECORATION = re.compile(
    r"logo|icon|ico[\d_.-]|spacer|blank|arrow|banner|btn|button|share|weixin|wechat|weibo|qrcode|erweima|ewm|beian"
    r"|dzjg|jiucuo|error|red\.png|blue\.png|print|pixel|loading|(?:^|/)(?:top|bg|line|dot|bottom|foot|head)[\d_-]*\.",
    re.IGNORECASE,
)
_SPACER = re.compile(r"\.(?:gif|svg)(?:\?|$)", re.IGNORECASE)
_LAZY = ("data-src", "data-original", "data-lazy", "data-echo", "_src", "lay-src")
_ORNAMENT = re.compile(
    r"spacer|blank|pixel|transparent|arrow|icon|loading\.|(?:^|/)(?:dot|line|bg)[\d_-]*\.", re.IGNORECASE
)
# A picture lower or narrower than this shows no digit.
_MIN_SIGN = 4
# An image smaller than this, in pixels or bytes, cannot hold a legible table.
_MIN_WIDTH = 300
_MIN_HEIGHT = 100
_MIN_BYTES = 8192


@dataclass(frozen=True)
class Styles:
    """``role`` tells the table role that style or ARIA give an element; None where the page has no such table."""

    role: Callable[[etree._Element], str | None] | None


def read_styles(root: etree._Element, source: str) -> Styles:
    """Look for table roles of other elements; only where the source names any, for it costs time."""
    has_css = "table-cell" in source or "TABLE-CELL" in source
    has_aria = 'role="cell"' in source or 'role="gridcell"' in source or "role='cell'" in source
    if not (has_css or has_aria):
        return Styles(None)
    rules = _table_rules(root)

    def role(element: etree._Element) -> str | None:
        style = element.get("style")
        if style:
            match = _DISPLAY.search(style)
            if match:
                return _CSS_ROLES[match.group(1).lower()]
        for name in (element.get("class") or "").split():
            found = rules.get(f".{name}") or rules.get(f"{element.tag}.{name}")
            if found:
                return found
        identifier = element.get("id")
        if identifier and f"#{identifier}" in rules:
            return rules[f"#{identifier}"]
        return _ARIA_ROLES.get(element.get("role") or "") if has_aria else None

    return Styles(role)


def _table_rules(root: etree._Element) -> dict[str, str]:
    """Return the table roles that the page's own style sheets give to single classes and ids."""
    rules: dict[str, str] = {}
    for style in root.iter("style"):
        for selectors, body in _RULE.findall("".join(str(part) for part in style.itertext())):
            match = _DISPLAY.search(body)
            if match is None:
                continue
            for selector in selectors.split(","):
                # ".report .cell" gives its role to the last part.
                last = selector.strip().split()[-1:] or [""]
                if _SIMPLE.match(last[0]) and ("." in last[0] or "#" in last[0]):
                    rules[last[0]] = _CSS_ROLES[match.group(1).lower()]
    return rules


def is_picture(image: etree._Element) -> bool:
    """Tell whether an ``<img>`` could show a table: not by its name a decoration, and not too small."""
    source = (image.get("src") or image.get("data-src") or "").strip()
    width, height = _size(image)
    if source.startswith("data:"):
        if len(source) * 3 // 4 < _MIN_BYTES:
            return False
    elif not source or _DECORATION.search(source) or (width is None and height is None and _SPACER.search(source)):
        return False
    return (width is None or width >= _MIN_WIDTH) and (height is None or height >= _MIN_HEIGHT)


def is_shown_picture(image: etree._Element) -> bool:
    """Tell whether an ``<img>`` in a cell shows something: not a spacer, nor by its name an ornament."""
    source = (image.get("src") or "").strip()
    lazy = next((image.get(name) for name in _LAZY if image.get(name)), "") or ""
    width, height = _size(image)
    if not (source or lazy) or (width is not None and width < _MIN_SIGN) or (height is not None and height < _MIN_SIGN):
        return False
    name = lazy or source
    return name.startswith("data:") or not _ORNAMENT.search(name)


def _size(image: etree._Element) -> tuple[float | None, float | None]:
    """Return width and height in CSS pixels where the element tells them; a share of the page is no size."""
    sizes: dict[str, float | None] = {"width": None, "height": None}
    for name in sizes:
        match = _LENGTH.match(image.get(name) or "")
        if match and match.group(2) not in ("%", "em"):
            sizes[name] = float(match.group(1)) * _PIXELS.get((match.group(2) or "px").lower(), 1.0)
    for name, value, unit in _STYLE_LENGTH.findall(image.get("style") or ""):
        sizes[name.lower()] = float(value) * _PIXELS[unit.lower()]
    return sizes["width"], sizes["height"]
