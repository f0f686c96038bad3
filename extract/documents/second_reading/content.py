"""The content of a PDF page as playa paints it, without what a lattice has no use for: colours, widths, clips, states.

In what WPS writes these are half of all operators. The one thing to know: letters and lines are made by playa's own
operators, in their order; only the splitting into tokens is done here, and only of content where that is plain.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from itertools import chain
from typing import Any

# Operators that move neither letters nor lines, with the number of their operands.
_STYLE = {b"rg": 3, b"RG": 3, b"g": 1, b"G": 1, b"k": 4, b"K": 4, b"w": 1, b"M": 1, b"J": 1, b"j": 1, b"i": 1, b"gs": 1}
# Operators that change no state: those of paths and the clip.
_PATHS = (
    b"m",
    b"l",
    b"c",
    b"v",
    b"y",
    b"h",
    b"re",
    b"S",
    b"s",
    b"f",
    b"F",
    b"f*",
    b"B",
    b"B*",
    b"b",
    b"b*",
    b"n",
    b"W",
    b"W*",
)
# What white space and brackets part; a string in hexadecimal digits or in parentheses; a flat dictionary; a flat array.
_STRING = rb"\((?>[^()\\]|\\.)*\)"
_TOKEN = re.compile(
    rb"[^\s<\[(]+|<[^<>]*>|" + _STRING + rb"|<<[^<>\[\]()]*>>|\[(?>[^\[\]()]+|" + _STRING + rb")*\]", re.DOTALL
)
_NUMBER = re.compile(rb"[+-]?(?:\.\d+|\d+(?:\.\d*)?)")
_HEXADECIMAL = re.compile(rb"<(?:[0-9A-Fa-f]{2})*>")
_SPACE = b" \t\n\r\f\v"
# What ends something that began elsewhere is no token; after a comment, and in a picture, other rules hold.
_ODD = re.compile(rb"[\])>{}%]|\b(?:BI|ID)\b")


def painted(page: Any) -> Iterator[Any]:
    """Return the texts, paths, forms and pictures of a playa page in their order.

    Each is to be read before the next is asked for: playa keeps one state for all of them.
    """
    content = b"\n".join(stream.buffer for stream in page.streams)
    program = None if _sets_font(page) else tokens(content, page.doc)
    return iter(page) if program is None else _run(page, program)


def tokens(content: bytes, document: Any) -> list[Any] | None:
    """Return the operators and operands of a content stream as playa reads them, None where they cannot be told apart
    by white space and brackets (comments, pictures, nested arrays and dictionaries).
    """
    pieces = _TOKEN.findall(content)
    if b"".join(pieces).translate(None, _SPACE) != content.translate(None, _SPACE):
        return None
    known: dict[bytes, tuple[Any, ...]] = {}
    piece: bytes
    for piece in set(pieces):
        if _NUMBER.fullmatch(piece):
            known[piece] = (float(piece) if b"." in piece else int(piece),)
            continue
        if _HEXADECIMAL.fullmatch(piece):
            known[piece] = (unhexlify(piece[1:-1]),)
            continue
        if not piece.startswith((b"<", b"[", b"(")) and _ODD.search(piece):
            return None
        known[piece] = _parsed(piece, document)
    return list(chain.from_iterable(map(known.__getitem__, pieces)))


def _parsed(piece: bytes, document: Any) -> tuple[Any, ...]:
    from playa.parser import ObjectParser

    return tuple(found for _, found in ObjectParser(piece, document))


def _sets_font(page: Any) -> bool:
    """Tell whether a state of the page's resources sets a font (PDF 1.7, table 58): then states are more than style."""
    from playa.pdftypes import resolve1

    states: Any = resolve1(page.resources.get("ExtGState")) or {}
    resolved: list[Any] = [resolve1(state) or {} for state in states.values()]
    return any("Font" in state for state in resolved)


def _run(page: Any, program: list[Any]) -> Iterator[Any]:
    """Yield what playa's operators make of a content stream.

    A state is saved when something is about to change it; of states saved and restored around nothing none is.
    """
    from playa.content import TextObject
    from playa.interp import LazyInterpreter
    from playa.pdftypes import KWD, PSKeyword

    style = {KWD(name): operands for name, operands in _STYLE.items()}
    paths = {KWD(name) for name in _PATHS}
    save, restore, rectangle = KWD(b"q"), KWD(b"Q"), KWD(b"re")
    clips = ([KWD(b"W"), KWD(b"n")], [KWD(b"W*"), KWD(b"n")])
    interpreter = LazyInterpreter(page, [])
    operands, operate = interpreter.argstack, interpreter.operate
    # States to be saved, and how many each saved one stands for.
    pending, saved = 0, list[int]()
    start = 0
    for place in [number for number, item in enumerate(program) if isinstance(item, PSKeyword)]:
        item = program[place]
        operands.extend(program[start:place])
        start = place + 1
        if item in style:
            del operands[-style[item] :]
        elif item is save:
            pending += 1
        elif item is restore and pending:
            pending -= 1
        elif item is rectangle and program[start : start + 2] in clips:
            # A rectangle that is only clipped by.
            del operands[-4:]
        else:
            if item is restore:
                pending = saved.pop() - 1 if saved else 0
            elif pending and item not in paths:
                operate(save)
                saved.append(pending)
                pending = 0
            found = operate(item)
            if found is not None:
                yield found
                if type(found) is TextObject:
                    interpreter.textstate.glyph_offset = found._get_next_glyph_offset()
