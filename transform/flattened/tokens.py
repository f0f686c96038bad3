"""Text whose table structure was lost, cut into labels and numbers that know where they stood.

In: the text of a document. Out: a sequence of tokens. The one thing to know: a number is a token only where it stands
alone; digits that number an item (1.属于国家秘密), belong to a word (第20条, 60号) or mark a page (— 4 —) are not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_PAGE_MARK = re.compile(
    r"^[ \t]*[-—–－]{1,3}\s*\d{1,3}\s*[-—–－]{1,3}[ \t]*$|^[ \t]*第?\s*\d{1,3}\s*页[ \t]*$", re.MULTILINE
)
_NUMBER = re.compile(
    r"(?<![\d.,A-Za-z〔\[(（第])(?P<number>[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?)"
    r"(?P<unit>万元|亿元|元|万)?(?![\d]|[.、)）](?!\d)|[A-Za-z年月日号条款项件次篇人个%％”’」》])"
)
_ZEROS = re.compile(r"^0{2,}$")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Token:
    """``number`` is the printed number (None for words and for the empty cell of a piped row, which has ``blank``).

    ``start`` and ``stop`` are offsets in the text. ``before`` is the run of bare label characters since the token
    before it; ``line`` the line it stands in; ``piped`` whether the line keeps its cells apart with |.
    """

    text: str
    start: int
    stop: int
    before: str
    line: int
    piped: bool
    blank: bool = False

    @property
    def number(self) -> float | None:
        return None if self.blank else float(self.text.replace(",", "").rstrip("万亿元"))


def tokens(text: str, start: int, stop: int, split_zeros: bool = False) -> list[Token]:
    """Return the number tokens of a stretch of text in order.

    ``split_zeros`` takes ``00`` for two cells that ran together; without it ``00`` is one cell.
    """
    out: list[Token] = []
    words: list[str] = []
    for line_number, (offset, line) in enumerate(_lines(text, start, stop)):
        plain = _same_length(line)
        if _PAGE_MARK.match(plain) or re.match(r"^\s*\|?(\s*:?-{3,}:?\s*\|)+\s*$", plain):
            continue
        piped = plain.count("|") >= 2
        position = 0
        for match in _found(plain, piped):
            words.extend(_WORD.findall(plain[position : match[1]]))
            pieces = ["0"] * len(match[0]) if split_zeros and _ZEROS.match(match[0]) else [match[0]]
            for i, piece in enumerate(pieces):
                before = "".join(words).replace("_", "")
                words = []
                at = offset + match[1] + (i if len(pieces) > 1 else 0)
                out.append(
                    Token(
                        piece,
                        at,
                        at + (1 if len(pieces) > 1 else match[2] - match[1]),
                        before,
                        line_number,
                        piped,
                        not piece,
                    )
                )
            position = match[2]
        words.extend(_WORD.findall(plain[position:]))
    return out


def bare(text: str) -> str:
    """Return the label characters of a text, as ``Token.before`` holds them."""
    return "".join(_WORD.findall(_same_length(text))).replace("_", "")


def _found(line: str, piped: bool) -> list[tuple[str, int, int]]:
    found = [(m[0], m.start(), m.end()) for m in _NUMBER.finditer(line)]
    if piped:
        # An empty cell between two pipes is a cell of the table; label cells to the left are not.
        first = found[0][1] if found else len(line)
        cells = [m for m in re.finditer(r"\|([ \t]*)(?=\|)", line) if m.start() > first]
        found.extend(("", m.end() - 1, m.end() - 1) for m in cells)
        found.sort(key=lambda f: f[1])
    return found


def _lines(text: str, start: int, stop: int) -> list[tuple[int, str]]:
    out = []
    offset = start
    for line in text[start:stop].split("\n"):
        out.append((offset, line))
        offset += len(line) + 1
    return out


def _same_length(line: str) -> str:
    """NFKC without changing offsets: characters that would become several are kept."""
    plain = unicodedata.normalize("NFKC", line)
    if len(plain) == len(line):
        return plain
    return "".join(n if len(n := unicodedata.normalize("NFKC", c)) == 1 else c for c in line)
