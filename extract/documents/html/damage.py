"""Broken tags made visible before parsing, so that no parser swallows a figure with them.

A parser that meets ``<p align=center 9</p>`` takes the 9 for a part of the tag, and one that meets an attribute whose
quote is never closed takes whole cells. Both then look like empty cells. The one thing to know: only tags that are
broken are touched. A tag that is never closed becomes text beside U+FFFD, so its cell cannot pass for a number or an
empty cell; a tag whose quote is left open ends at its own ``>``. A cell that is empty behind such a tag, or behind a tag
that ends in the rest of a word (``<td ald></td>``), may have held a figure, and gets the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = ("p", "td", "tr", "th", "span", "div", "font", "b", "strong", "tbody", "table")
# A start tag that ends like an end tag has swallowed what stood between the two.
_SWALLOWED = rf"<[a-zA-Z][^<>]*[^<>\"'/]/(?:{'|'.join(_NAMES)})>"
_OPEN_QUOTE = re.compile(r"""=\s*(?:"[^"<>]*+|'[^'<>]*+)>""")
# What no attribute of a real page holds: the start or end of a piece of a table.
_MARKUP = r"<(?!/?(?:td|tr|th|p|span|table|tbody|div|font|strong|b)\b)"
_TAG = re.compile(
    rf"""(?P<swallowed>{_SWALLOWED})"""
    rf"""|(?P<whole><[a-zA-Z/](?:[^<>"']|"(?:[^"<]|{_MARKUP})*"|'(?:[^'<]|{_MARKUP})*')*>)"""
    r"""|(?P<open><[a-zA-Z/][^<>]*>)"""
    r"""|(?P<lone><(?=[a-zA-Z/]))""",
    re.DOTALL | re.IGNORECASE,
)
_OPENING = re.compile(r"<!--|<script\b|<style\b", re.IGNORECASE)
_CLOSING = {
    "<!--": re.compile("-->"),
    "<script": re.compile(r"</script\s*>", re.IGNORECASE),
    "<style": re.compile(r"</style\s*>", re.IGNORECASE),
}
_GOOD_START = re.compile(
    r"""</?[a-zA-Z][\w:-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))?(?=[\s/>]))*"""
)
# An empty cell whose tag ends in an attribute without a value that HTML does not know: what was between is lost. Looked for
# in two steps, the quick one first.
_EMPTY = re.compile(r"<t[dh]\s[^<>]*+>(?<=[a-zA-Z\s]>)(?=\s*</?t[dhr]\b)", re.IGNORECASE)
_ENDS_BARE = re.compile(r"\s(?!(?:nowrap|hidden|noresize)\b)[a-zA-Z]+\s*>\Z", re.IGNORECASE)
# An end that has lost its ``<``.
_LONE_END = re.compile(rf"/(?<!</)(?:{'|'.join(_NAMES)})>", re.IGNORECASE)
_NO_BRACKETS = bytes(set(range(256)) - set(b"<>"))
_CELL_ENDS = re.compile(r"\s*</?t[dhr]\b", re.IGNORECASE)
MARK = "\ufffd"


def mark_damage(source: str) -> str:
    """Return a page's source with broken tags mended or made text; an undamaged page comes back as it is."""
    if _ends_inside_a_cell(source):
        # The page was cut off: its last figure may be half a figure, its last empty cell may have held one.
        source += MARK
    source = _EMPTY.sub(lambda tag: tag[0] + MARK if _ENDS_BARE.search(tag[0]) else tag[0], source)
    if not _suspicious(source):
        return source
    mended, at = [], 0
    for start, end in _raw_spans(source):
        mended += [_TAG.sub(_mended, source[at:start]), source[start:end]]
        at = end
    return "".join([*mended, _TAG.sub(_mended, source[at:])])


def _raw_spans(source: str) -> Iterator[tuple[int, int]]:
    """Yield where comments, scripts and style sheets begin and end; in linear time, however many are never closed."""
    closing = dict(_CLOSING)
    at = 0
    while opening := _OPENING.search(source, at):
        kind = opening[0].lower()
        close = closing[kind].search(source, opening.end()) if kind in closing else None
        if close is None:
            closing.pop(kind, None)  # none of this kind is closed any more
            at = opening.end()
        else:
            yield opening.start(), close.end()
            at = close.end()


def _suspicious(source: str) -> bool:
    """Tell quickly whether a page may hold a broken tag: one never closed, with an open quote, or that swallowed another."""
    brackets = source.encode("utf-8", "replace").translate(None, _NO_BRACKETS)
    if (b"<<" in brackets or brackets.endswith(b"<")) and any(
        ">" not in piece and (piece[:1] == "/" or piece[:1].isalpha()) for piece in source.split("<")[1:]
    ):
        return True
    return bool(_OPEN_QUOTE.search(source) or _LONE_END.search(source))


def _ends_inside_a_cell(source: str) -> bool:
    tail = source[-400:].lower()
    if "</html" in tail or "</body" in tail:
        return False
    lower = source.lower()
    cell = max(lower.rfind("<td"), lower.rfind("<th"))
    return (
        cell >= 0 and max(lower.rfind("</td"), lower.rfind("</th"), lower.rfind("</tr"), lower.rfind("</table")) < cell
    )


def _mended(match: re.Match[str]) -> str:
    if match["whole"]:
        return match[0]
    if match["open"]:
        start = _GOOD_START.match(match[0])
        emptied = MARK if _CELL_ENDS.match(match.string, match.end()) and match[0][:2] != "</" else ""
        return f"{start[0]}>{emptied}" if start else match[0]
    return MARK + "&lt;" + match[0][1:]
