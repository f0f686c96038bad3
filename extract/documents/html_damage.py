"""Broken tags made visible before parsing, so that no parser swallows a figure with them.

A parser that meets ``<p align=center 9</p>`` takes the 9 for a part of the tag, and one that meets an attribute whose
quote is never closed takes whole cells. Both then look like empty cells. The one thing to know: only tags that are
broken are touched. A tag that is never closed becomes text beside U+FFFD, so its cell cannot pass for a number or an
empty cell; a tag whose quote is left open ends at its own ``>``.
"""

from __future__ import annotations

import re

_SUSPECT = re.compile(r"""<[a-zA-Z/][^<>]*(?:<|\Z)|=\s*"[^"<>]*>|=\s*'[^'<>]*>""")
# What no attribute of a real page holds: the start or end of a piece of a table.
_MARKUP = r"<(?!/?(?:td|tr|th|p|span|table|tbody|div|font|strong|b)\b)"
_TAG = re.compile(
    rf"""(?P<whole><!--.*?-->|<(?P<raw>script|style)\b.*?</(?P=raw)\s*>|<[a-zA-Z/](?:[^<>"']|"(?:[^"<]|{_MARKUP})*"|'(?:[^'<]|{_MARKUP})*')*>)"""
    r"""|(?P<open><[a-zA-Z/][^<>]*>)"""
    r"""|(?P<lone><(?=[a-zA-Z/]))""",
    re.DOTALL | re.IGNORECASE,
)
_GOOD_START = re.compile(
    r"""</?[a-zA-Z][\w:-]*(?:\s+[\w:-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))?(?=[\s/>]))*"""
)
MARK = "\ufffd"


def mark_damage(source: str) -> str:
    """Return a page's source with broken tags mended or made text; an undamaged page comes back as it is."""
    tail = source.rstrip()
    if tail and not tail.endswith(">") and ">" in tail[-400:] and "</html" not in tail[-400:].lower():
        # Cut in the middle of a text: the last figure may be half a figure.
        source = tail + MARK
    if not _SUSPECT.search(source):
        return source
    return _TAG.sub(_mended, source)


def _mended(match: re.Match[str]) -> str:
    if match["whole"]:
        return match[0]
    if match["open"]:
        start = _GOOD_START.match(match[0])
        return f"{start[0]}>" if start else match[0]
    return MARK + "&lt;"
