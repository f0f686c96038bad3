"""Text whose table structure was lost, cut into labels and numbers that know where they stood.

In: the text of a document. Out: a sequence of tokens. A number is a token only where it stands alone; digits that number
an item (1.属于国家秘密), belong to a word (第20条, 60号, 数据1), to a sentence (共收到5件。) or mark a page (— 4 —) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transform.flattened.row_labels import ends_with_row
from transform.forms.characters import matchable
from transform.recognition.values import parse_value

_PAGE_MARK = re.compile(
    r"^[ \t]*[-—–－]{1,3}\s*\d{1,3}\s*[-—–－]{1,3}[ \t]*$|^[ \t]*第?\s*\d{1,3}\s*页[ \t]*$", re.MULTILINE
)
_RULE = re.compile(r"^\s*\|?(\s*:?-{2,}:?\s*\|)+(\s*:?-{2,}:?)?\s*$")
_SIGN = r"(?:(?<![\w/])(?:增加|增长|新增|减少|下降|增|减)|[↑↓]|--|[+-])?"
# A note behind a figure: 22（其中修订16件）. The brackets of 5（二）部分公开 are a label's.
_NOTE = r"\((?=[^()]*\d)(?=[^()]*[\u3400-\u9fff])[^()\n|]{2,24}\)"
_NUMBER = re.compile(
    rf"(?<![\d.,A-Za-z〔\[(第约近超逾])(?<!数据)(?<!列)(?<!栏)(?P<number>{_SIGN}(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?))"
    rf"(?P<unit>万元|亿元|元|万)?(?P<note>\((?:减少|下降|减|增加|增|万元|亿元|元)\)|{_NOTE})?"
    r"(?![\d]|[.、)](?!\d)|\s?[年月日号]|\s?[件条项]\s*\)|[A-Za-z条款项件次篇人个%”’」》])"
)
#: What stands alone where a figure does: marks, and signs that people and programs put for digits.
_MARK = re.compile(r"(?<![^\s|])(?:/|\\|-{1,2}|[—–]{1,2}|[〇○◯OoОо\uf030-\uf039]{1,2})(?![^\s|])")
#: A cell of words where a figure is expected: 未收费, 约3万元, 无.
_WORDS = re.compile(
    r"(?:未|无|约|近|不|暂|没有|超过?|共|免)[^\s。,;:、]{0,10}|[^\s。,;:、]{0,2}\d[\d.,]*[^\s。,;:、\d]{1,4}"
)
_ZEROS = re.compile(r"^0{2,}$")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Token:
    """One value as printed: a number, a mark (/), words in a number's place, or the empty cell of a piped row (``blank``).

    ``start`` and ``stop`` are offsets in the text. ``label`` is the text between the token before it and this one, less what
    stands in the line of that other token where the label goes on below; ``before`` the bare label characters of all of it.
    ``line`` is the line it stands in; ``piped`` whether the line keeps its cells apart with |.
    """

    text: str
    start: int
    stop: int
    before: str
    line: int
    piped: bool
    blank: bool = False
    label: str = ""

    @property
    def number(self) -> float | None:
        return None if self.blank else parse_value(self.text).value

    @property
    def spare(self) -> bool:
        """True for what a row may have beside its figures: an empty cell, a mark."""
        return self.number is None


def tokens(printed: str, start: int, stop: int, split_zeros: bool = False) -> list[Token]:
    """Return the values of a stretch of text in order.

    ``split_zeros`` takes ``00`` for two cells that ran together; without it ``00`` is one cell.
    """
    out: list[Token] = []
    text = matchable(printed[start:stop])
    offset = 0
    between: list[str] = []
    for line_number, line in enumerate(text.split("\n")):
        if not (_PAGE_MARK.match(line) or _RULE.match(line)):
            piped = line.count("|") >= 2
            position = 0
            for at, end, blank in _values(line, piped, "".join(between)):
                between.append(line[position:at])
                zeros = split_zeros and _ZEROS.match(line[at:end])
                for piece in range(at, end) if zeros else (at,):
                    raw, between = "".join(between), []
                    place = start + offset + piece
                    text_stop = place + (1 if zeros else end - at)
                    out.append(
                        Token(
                            printed[place:text_stop],
                            place,
                            text_stop,
                            bare(raw),
                            line_number,
                            piped,
                            blank,
                            raw.partition("\n")[2] or raw if out else raw,
                        )
                    )
                position = end
            between.append(line[position:])
        between.append("\n")
        offset += len(line) + 1
    return out


def bare(text: str) -> str:
    """Return the label characters of a text, as ``Token.before`` holds them."""
    return "".join(_WORD.findall(matchable(text))).replace("_", "")


def _values(line: str, piped: bool, before: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, stop, is it an empty cell) of each value in a line; ``before`` is the label so far."""
    if piped:
        yield from _of_cells(line, before)
        return
    sentences = _sentences(line)
    found = [m.span() for m in _NUMBER.finditer(line) if not any(a <= m.start() < b for a, b in sentences)]
    if found or not re.search(r"[\u3400-\u9fff]", line) or _row_before_mark(line):
        found += [m.span() for m in _MARK.finditer(line)]
    whole = line.strip()
    if not found and _WORDS.fullmatch(whole) and whole not in ("无", "不") and ends_with_row(before):
        at = line.index(whole)
        found = [(at, at + len(whole))]
    for at, end in sorted(found):
        yield at, end, False


def _row_before_mark(line: str) -> bool:
    mark = _MARK.search(line)
    return mark is not None and ends_with_row(line[: mark.start()])


def _of_cells(line: str, before: str) -> Iterator[tuple[int, int, bool]]:
    """Go through the cells of a piped line. An empty cell is one of the table where it follows a row's label or a figure."""
    spans = [m.span() for m in re.finditer(r"[^|]*", line) if m.start() == 0 or line[m.start() - 1] == "|"]
    spans = [s for s in spans[:-1] if s[0] > 0 or line[slice(*s)].strip()] + [
        s for s in spans[-1:] if line[slice(*s)].strip()
    ]
    whole = [_cell_value(line[slice(*s)]) for s in spans]
    # No cell is a figure alone: labels and figures may share a cell.
    mixed = [] if any(whole) else [m.span() for m in _NUMBER.finditer(line)]
    label, open_row = before, False
    for (start, stop), value in zip(spans, whole, strict=True):
        cell = line[start:stop]
        content = cell.strip()
        if not content:
            if open_row:
                yield stop, stop, True
            continue
        words = not value and _WORDS.fullmatch(content) is not None and (open_row or ends_with_row(label))
        if value or words:
            at = start + cell.index(content)
            open_row = True
            yield at, at + len(content), False
            continue
        inside = [(at, end) for at, end in mixed if start <= at < stop]
        for at, end in inside:
            yield at, end, False
        label += content
        open_row = bool(inside) or ends_with_row(label)


def _cell_value(cell: str) -> bool:
    content = cell.strip()
    if not content:
        return False
    match = _NUMBER.match(content)
    return bool((match and match.end() == len(content)) or _MARK.fullmatch(content))


def _sentences(line: str) -> list[tuple[int, int]]:
    """Return the stretches of a line that are sentences: they end in 。 and name no row of a table."""
    out, start = [], 0
    for match in re.finditer("。", line):
        part = line[start : match.end()]
        if len(part) >= 15 and not ends_with_row(re.split(r"\s\d", part)[0]):
            out.append((start, match.end()))
        start = match.end()
    return out
