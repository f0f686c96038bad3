"""How runs of a Word file look: hidden, raised, struck out, in a font of signs (ECMA-376 part 1, 17.3.2 and 17.7).

In: word/styles.xml. Out: for a run, the one of UNSEEN, STRUCK, RAISED, SIGNS or PLAIN that it is shown as. What a run says
itself comes before its character style, that before the paragraph's style, that before the document's defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from extract.documents.docx.table import W
from extract.documents.shared.colours import Colour, alike, hex_colour

PLAIN, UNSEEN, STRUCK, RAISED, SIGNS = "plain", "unseen", "struck", "raised", "signs"

_OFF = ("0", "false", "off", "none")
# Letters lower than this, in half points, are not to be seen.
_TINY = 4
# Fonts in which letters and digits show other signs.
_SIGN_FONTS = ("wingdings", "webdings", "symbol", "marlett", "zapf dingbats", "zapfdingbats")
_MOST_STYLES_DEEP = 20
# Letters of this share of their width, in per cent, are lines.
_NARROW = 5

Look = Mapping[str, str]


class Looks:
    """The styles of a document, resolved when they are asked for."""

    def __init__(self, styles: etree._Element | None):
        self._styles: dict[str, etree._Element] = {}
        self._known: dict[str, dict[str, str]] = {}
        self._defaults: dict[str, str] = {}
        self._default_style = ""
        for style in styles.findall(W + "style") if styles is not None else ():
            identifier = style.get(W + "styleId") or ""
            self._styles[identifier] = style
            if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true"):
                self._default_style = identifier
        defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if styles is not None else None
        if defaults is not None:
            self._defaults = dict(_said(defaults))

    def of(self, run: etree._Element, paragraph: etree._Element | None, *, ground: Colour | None) -> str:
        """Return how the text of a run is shown on a ground of a colour (None: of an unknown one)."""
        look = dict(self._defaults)
        style = paragraph.find(f"{W}pPr/{W}pStyle") if paragraph is not None else None
        look.update(self._of_style(style.get(W + "val") or "" if style is not None else self._default_style))
        own = run.find(W + "rPr")
        if own is not None:
            chosen = own.find(W + "rStyle")
            if chosen is not None:
                look.update(self._of_style(chosen.get(W + "val") or ""))
            look.update(_said(own))
        colour = hex_colour(look.get("colour", ""))
        hidden = ground is not None and colour is not None and alike(colour, ground)
        if look.get("vanish") or look.get("tiny") or look.get("narrow") or hidden:
            return UNSEEN
        if look.get("strike") or look.get("dstrike"):
            return STRUCK
        if run.find(W + "footnoteReference") is not None or run.find(W + "endnoteReference") is not None:
            return RAISED
        if look.get("raised") or look.get("position"):
            return RAISED
        return SIGNS if look.get("signs") else PLAIN

    def _of_style(self, identifier: str, depth: int = 0) -> dict[str, str]:
        if identifier in self._known or identifier not in self._styles or depth > _MOST_STYLES_DEEP:
            return self._known.get(identifier, {})
        style = self._styles[identifier]
        base = style.find(W + "basedOn")
        look = dict(self._of_style(base.get(W + "val") or "", depth + 1)) if base is not None else {}
        properties = style.find(W + "rPr")
        if properties is not None:
            look.update(_said(properties))
        self._known[identifier] = look
        return look


def _said(properties: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield what run properties say of a look: a name and ``yes``, or nothing where they take it back."""
    for element in properties:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        value = (element.get(W + "val") or "").lower()
        if name in ("vanish", "strike", "dstrike"):
            yield name, "" if value in _OFF else "yes"
        elif name == "vertAlign":
            yield "raised", "yes" if value in ("superscript", "subscript") else ""
        elif name == "position":
            yield "position", "" if value in ("0", "") else "yes"
        elif name == "sz" and value.isascii() and value.isdecimal():
            yield "tiny", "yes" if int(value[:6]) <= _TINY else ""
        elif name == "color":
            plain = element.get(W + "themeColor") in (None, "background1", "light1")
            yield "colour", value if plain else ""
        elif name == "w" and value.rstrip("%").isdecimal():
            yield "narrow", "yes" if int(value.rstrip("%")[:4]) <= _NARROW else ""
        elif name in ("shd", "highlight"):
            yield "colour", ""  # a ground of its own
        elif name == "rFonts":
            font = (element.get(W + "ascii") or element.get(W + "hAnsi") or "").lower()
            yield "signs", "yes" if font.startswith(_SIGN_FONTS) else ""
