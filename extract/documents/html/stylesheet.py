"""The rules of a page's own style sheets, matched: what they declare of each element that bears on being shown.

In: the tree of a page. Out: for each element its declarations with their weight in the cascade (CSS 2.1, section 6.4), the
text that rules put before and after elements, the fonts a page brings along, and a rule that could not be decided.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml import etree

# Rules of a page that are looked at; a page has some hundred, of which a few say anything about being shown.
_MOST_SELECTORS = 2000
_MOST_MATCHES = 200_000
# The window that a page is thought to be shown in: conditions on its width are decided for it.
_WINDOW = 1280
_SPACE = re.compile(r"\s+")
LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|ex|ch|cm|mm|in|pc|q|vw|vh|%)?", re.IGNORECASE)
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "in": 96.0, "pc": 16.0}
_PIXELS |= {"cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "vw": 12.8, "vh": 7.2, "%": 0.16}
PROPERTIES = frozenset(
    (
        *(
            "display",
            "visibility",
            "content-visibility",
            "opacity",
            "position",
            "left",
            "right",
            "top",
            "width",
            "height",
        ),
        *(
            "max-width",
            "max-height",
            "overflow",
            "clip",
            "clip-path",
            "transform",
            "translate",
            "margin-left",
            "margin-top",
        ),
        *("text-indent", "font", "font-size", "font-family", "color", "-webkit-text-fill-color", "background"),
        *("background-color", "background-image", "text-decoration", "text-decoration-line", "vertical-align"),
        *("mso-text-raise", "float", "flex-direction", "flex-flow", "grid-column", "grid-area", "order", "direction"),
        *("unicode-bidi", "content"),
    )
)
# Values that ``display`` and ``visibility`` take; a declaration with another is dropped, as browsers do.
_DISPLAYS = re.compile(
    r"(?:none|contents|block|inline|inline-block|flow-root|list-item|(?:inline-)?(?:flex|grid|table)|ruby|run-in|table-[a-z-]+"
    r"|inherit|initial|unset|revert|-webkit-[a-z-]+|var\(.*\)|block flow|inline flow)$"
)
_VISIBILITIES = re.compile(r"(?:visible|hidden|collapse|inherit|initial|unset|revert|var\(.*\))$")
# Declarations that can keep text from being seen as plain text, written without white space and in small letters.
_BEARING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:(?:\.|[01](?:\.\d+)?(?![\d.]))|font:[01]|opacity:(?:0|\.0)"
    r"|text-indent:-\d{3}|line-through|vertical-align:(?:su|-?\.?[1-9]|-?0?\.[1-9])|(?:left|top):-\d{3}|(?:left|right):\d{4}"
    r"|clip(?:-path)?:[a-z]*\(|(?<![-\w])color:(?:#[ef]|white|snow|ivory|transparent|rgba?\(2[34]|rgba?\(\d+%|rgba\(|hsl|#[0-9a-f]{3}0(?![0-9a-f]))|bidi-override|text-raise:-?[1-9.]|scale|rotatey|translate|content:|@font-face"
    r"|row-reverse|float:right|(?:^|[;{])order:|grid-column|grid-area|var\(|content-visibility|\\"
)
# Pairs that do so together.
_TOGETHER = (
    ("overflow:hidden", re.compile(r"(?:width|height):0")),
    ("position:relative", re.compile(r"(?:top|left|right):")),
    ("position:absolute", re.compile(r"(?:left|right):")),
    ("vertical-align:t", re.compile("font-size")),
    ("vertical-align:b", re.compile("font-size")),
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

Declared = dict[str, tuple[tuple[int, ...], str]]


@lru_cache(maxsize=4096)
def bears(style: str) -> bool:
    """Tell whether declarations can keep text from being seen as plain text."""
    text = _SPACE.sub("", _COMMENT.sub("", style.lower()))
    return _BEARING.search(text) is not None or any(one in text and other.search(text) for one, other in _TOGETHER)


def texts_of_sheets(root: etree._Element) -> list[str]:
    """Return the style sheets within a page that hold for a screen."""
    sheets = [style for style in root.iter("style") if not style.get("media") or _media_holds(style.get("media") or "")]
    return ["".join(str(part) for part in style.itertext()) for style in sheets]


class Sheets:
    """The rules of a page's own style sheets, matched: what they declare of each element."""

    def __init__(self, root: etree._Element):
        self.root = root
        self.declared: dict[etree._Element, Declared] = defaultdict(dict)
        self.before: dict[etree._Element, str] = {}
        self.after: dict[etree._Element, str] = {}
        self._weights: dict[tuple[str, etree._Element], tuple[int, ...]] = {}
        self.font_faces: set[str] = set()
        self.undecided: str | None = None
        self._order = 0
        self._selectors = 0
        self._matches = 0
        for text in texts_of_sheets(root):
            self._read(text)

    def _read(self, text: str) -> None:
        import tinycss2

        self._rules(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))

    def _rules(self, rules: Iterable[object]) -> None:
        import tinycss2

        for rule in rules:
            if rule.type == "qualified-rule":  # type: ignore[attr-defined]
                self._rule(tinycss2.serialize(rule.prelude), rule.content)  # type: ignore[attr-defined]
            elif rule.type == "at-rule" and rule.content is not None:  # type: ignore[attr-defined]
                name = rule.lower_at_keyword  # type: ignore[attr-defined]
                if name == "font-face":
                    self._font_face(rule.content)  # type: ignore[attr-defined]
                elif name in ("media", "supports", "layer", "container"):
                    condition = tinycss2.serialize(rule.prelude)  # type: ignore[attr-defined]
                    holds = _media_holds(condition) if name == "media" else True
                    if holds is not False:
                        content = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)  # type: ignore[attr-defined]
                        self._rules(content)

    def _font_face(self, content: object) -> None:
        for name, value, _ in declarations(content):
            if name == "font-family":
                self.font_faces.add(family(value))

    def _rule(self, prelude: str, content: object) -> None:
        declared = list(declarations(content))
        wanted = [(name, value, important) for name, value, important in declared if name in PROPERTIES]
        if any(name == "x-nested" for name, _, _ in declared):
            self.undecided = self.undecided or "a rule of style within a rule"
        if not wanted:
            return
        self._order += 1
        from cssselect import HTMLTranslator, parse
        from cssselect.parser import SelectorError

        try:
            selectors = parse(prelude)
        except SelectorError:
            self._undecided(prelude, wanted)
            return
        for selector in selectors:
            self._selectors += 1
            pseudo = selector.pseudo_element
            if self._selectors > _MOST_SELECTORS:
                self.undecided = self.undecided or "the page has too many rules of style"
                return
            if pseudo is not None and str(pseudo) not in ("before", "after"):
                continue
            try:
                path = HTMLTranslator().selector_to_xpath(selector, translate_pseudo_elements=False)
                found: list[etree._Element] = self.root.xpath(path)  # type: ignore[assignment]
            except (SelectorError, etree.XPathError):
                if not _is_of_the_moment(prelude):
                    self._undecided(prelude, wanted)
                continue
            self._matches += len(found)
            if self._matches > _MOST_MATCHES:
                self.undecided = self.undecided or "the page's rules of style match too many elements"
                return
            self._take(found, selector.specificity(), wanted, str(pseudo) if pseudo is not None else None)

    def _take(
        self,
        elements: Iterable[etree._Element],
        specificity: tuple[int, ...],
        wanted: list[tuple[str, str, bool]],
        pseudo: str | None,
    ) -> None:
        for element in elements:
            if pseudo is not None:
                content = next((value for name, value, _ in wanted if name == "content"), None)
                if content is not None:
                    hidden = any(name == "display" and value == "none" for name, value, _ in wanted)
                    self._generate(pseudo, element, (*specificity, self._order), "" if hidden else content)
                continue
            own = self.declared[element]
            for name, value, important in wanted:
                weight = (important, 0, *specificity, self._order)
                if name not in own or own[name][0] <= weight:
                    own[name] = weight, value

    def _generate(self, pseudo: str, element: etree._Element, weight: tuple[int, ...], content: str) -> None:
        """Take the text that the weightiest rule puts before or after an element."""
        if self._weights.get((pseudo, element), ()) <= weight:
            self._weights[pseudo, element] = weight
            (self.before if pseudo == "before" else self.after)[element] = _generated(element, content)

    def _undecided(self, prelude: str, wanted: list[tuple[str, str, bool]]) -> None:
        """Note a rule whose selector is not understood, where what it declares could hide something."""
        if (
            _is_of_the_moment(prelude)
            or "::" in prelude
            or not any(_could_hide(name, value) for name, value, _ in wanted)
        ):
            return
        self.undecided = self.undecided or f"a rule of style that is not understood: {' '.join(prelude.split())[:80]}"


def declarations(content: object) -> Iterator[tuple[str, str, bool]]:
    import tinycss2

    for declaration in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if declaration.type == "qualified-rule":
            yield "x-nested", "", False  # a rule within a rule, which is not followed
        if declaration.type == "declaration":
            value = tinycss2.serialize(declaration.value).strip()
            known = {"display": _DISPLAYS, "visibility": _VISIBILITIES}.get(declaration.lower_name)
            if known is not None and not known.match(value.lower()):
                continue
            yield (
                declaration.lower_name,
                value if declaration.lower_name == "content" else value.lower(),
                declaration.important,
            )


def _could_hide(name: str, value: str) -> bool:
    return not (
        name in ("color", "background", "background-color", "width", "height", "position", "left", "top", "font-family")
        or (name == "display" and value != "none")
    )


def _is_of_the_moment(selector: str) -> bool:
    """Tell whether a rule holds only while somebody points at, clicks or prints."""
    return (
        re.search(r":(?:hover|active|focus|visited|link|target|checked|-|selection|placeholder)", selector) is not None
    )


def _media_holds(condition: str) -> bool | None:
    """Tell whether a media condition holds on a screen 1,280 pixels wide; None where that cannot be told."""
    answers: list[bool | None] = []
    for query in condition.lower().split(","):
        query = query.strip()
        if re.match(r"(?:only\s+)?(?:print|speech|projection|handheld|tty|tv)\b", query) or re.match(
            r"not\s+(?:all|screen)", query
        ):
            answers.append(False)
            continue
        holds: bool | None = True
        for feature, value in re.findall(r"\(\s*([\w-]+)\s*:?\s*([^)]*)\)", query):
            width = pixels(value)
            if feature in ("max-width", "max-device-width"):
                holds = holds and (width is None or width >= _WINDOW)
            elif feature in ("min-width", "min-device-width"):
                holds = holds and (width is None or width <= _WINDOW)
            elif feature in ("prefers-color-scheme", "orientation", "hover", "pointer"):
                holds = holds and value.strip() in ("light", "landscape", "hover", "fine")
        answers.append(holds)
    return any(answer is not False for answer in answers) or not answers


def _generated(element: etree._Element, content: str) -> str:
    """Return the text that ``content`` gives; U+FFFC for what is no plain text (a picture, a counter)."""
    import tinycss2

    text = ""
    for token in tinycss2.parse_component_value_list(content, skip_comments=True):
        if token.type == "string":
            text += token.value
        elif token.type == "function" and token.lower_name == "attr":
            text += element.get(tinycss2.serialize(token.arguments).strip()) or ""
        elif token.type in ("url", "function"):
            text += "\ufffc"
    # Signs of icon fonts and quotation marks are ornaments.
    return "" if re.fullmatch(r"[\ue000-\uf8ff\s\"'“”\u200b]*", text) else text


def pixels(value: str) -> float | None:
    length = LENGTH.fullmatch(value.strip())
    return float(length[1]) * _PIXELS.get((length[2] or "").lower(), 1.0) if length else None


def family(value: str) -> str:
    return value.split(",")[0].strip().strip("\"'").lower()
