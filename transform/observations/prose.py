"""Figures told in sentences: document text in, prose observations and checks against the tables out.

The one thing to know: a number is taken only from inside one clause whose words say what it counts, so that
复议134件，诉讼57件 never gives one the other's figure; percentages, years, parts opened by 其中, carried-in cases and
comparisons with last year are left alone. A prose figure is at most ``single`` and never stands for a table's cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from extract.document import Document
from transform.forms.characters import matchable
from transform.forms.reference import read_reference
from transform.observation import Check, Observation
from transform.recognition.values import standardise

_NUMBER = r"(?P<n>\d{1,3}(?:[,，]\d{3})+|\d+(?:\.\d+)?)(?P<scale>万|亿)?"
# The comma of 2,345 does not end a clause.
_CLAUSE = re.compile(r"(?:[^，,；;。！!？?\n：:（）()]|(?<=\d)[,，](?=\d{3}))+")
_PARTS = re.compile(r"其中|包括|分别")
_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)年")
#: A line at least this long whose sentence goes on in the next one was wrapped.
_FULL_LINE = 18
_GOES_ON = re.compile(r"[ \u3000]*(?=[\u3400-\u9fff\d])(?![一二三四五六七八九十]{1,2}[、.是]|\d{1,2}[.、])")
READER = "text clauses"


@dataclass(frozen=True, slots=True)
class ProseFigure:
    """One figure as a sentence tells it; ``start`` and ``stop`` are offsets in the document's text."""

    concept: str
    value: float
    text: str
    unit: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    concept: str
    maps: dict[str, str]
    regexes: tuple[re.Pattern[str], ...]
    forbidden: re.Pattern[str] | None
    forbidden_before: re.Pattern[str] | None
    after: tuple[re.Pattern[str], ...]
    said: re.Pattern[str] | None
    whole: bool


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause without white space, the offsets of its characters, what its sentence has said before it.

    ``parts``: 其中 has opened parts, or it stands in brackets. ``elsewhen``: the sentence speaks of another year, of a part of
    the year, or of several years together.
    """

    text: str
    places: tuple[int, ...]
    before: tuple[str, ...]
    parts: bool
    elsewhen: bool


#: Characters of a clause, and clauses of one sentence that are kept: what is longer is no sentence, and the expressions here would
#: work on a line of thousands of digits for minutes.
_LONGEST_CLAUSE, _MOST_BEFORE = 1000, 50


def told_figures(document: Document, year: int | None = None) -> list[ProseFigure]:
    """Return every figure that a clause tells of the report's year, in reading order; ``year`` is that year, if known."""
    printed = document.text
    if not re.search(r"\d", printed):
        return []
    out = []
    for clause in _clauses(matchable(printed), year):
        if clause.elsewhen:
            continue
        for pattern in _patterns():
            if match := _match(pattern, clause):
                out.append(_told(pattern.concept, match, clause, printed))
    return out


def _match(pattern: _Pattern, clause: _Clause) -> re.Match[str] | None:
    if (clause.parts and pattern.whole) or (pattern.forbidden and pattern.forbidden.search(clause.text)):
        return None
    if pattern.forbidden_before and clause.before and pattern.forbidden_before.search(clause.before[-1]):
        return None
    regexes = pattern.regexes
    if pattern.said and any(map(pattern.said.search, clause.before)):
        regexes += pattern.after
    return next((m for r in regexes if (m := r.search(clause.text))), None)


def observe_prose(told: list[ProseFigure], indicators: set[str]) -> list[Observation]:
    """Return prose observations for concepts whose table cell the document does not give (form ``narrative``).

    Where two clauses tell different figures for one concept the first is kept and marked ``doubtful``.
    """
    out = []
    patterns = {p.concept: p for p in _patterns()}
    for concept in dict.fromkeys(t.concept for t in told):
        if any(term.split("[")[0] in indicators for term in _terms(patterns[concept])):
            continue
        figures = [t for t in told if t.concept == concept]
        doubtful = len({t.value for t in figures}) > 1
        first = figures[0]
        value_std, unit_std = standardise(first.value, first.unit)
        out.append(
            Observation(
                form="narrative",
                indicator=concept,
                applicant=None,
                value=first.value,
                value_text=first.text,
                unit=first.unit,
                value_std=value_std,
                unit_std=unit_std,
                source="prose",
                status="reported",
                reading="doubtful" if doubtful else "single",
                consistency="uncovered",
                locator=f"ch {first.start}-{first.stop}",
                reader=READER,
                note=f"other clauses say {', '.join(t.text for t in figures[1:])}" if doubtful else None,
            )
        )
    return out


def check_prose(told: list[ProseFigure], observations: list[Observation]) -> list[Check]:
    """Return one check of severity ``usual`` for each table figure that a clause repeats.

    Several clauses may tell it: if any agrees the check holds, otherwise the first is compared.
    """
    cells = {(o.indicator, o.applicant): o for o in reversed(observations) if o.source == "table"}
    forms = {o.form for o in cells.values()}
    out = []
    for pattern in _patterns():
        figures = [t for t in told if t.concept == pattern.concept]
        for form in sorted(forms & pattern.maps.keys()):
            keys = [_key(term) for term in pattern.maps[form].split(" + ")]
            printed = [cells[k] for k in keys if k in cells]
            if not figures or len(printed) < len(keys):
                continue
            right = None if any(o.value is None for o in printed) else sum(o.value or 0.0 for o in printed)
            told_one = next((t for t in figures if t.value == right), figures[0])
            residual = None if right is None else round(told_one.value - right, 6)
            status = "not_evaluable" if residual is None else "holds" if residual == 0 else "broken"
            out.append(
                Check(
                    f"text_{pattern.concept}",
                    "usual",
                    "==",
                    None,
                    status,
                    told_one.value,
                    right,
                    residual,
                    (f"text.{pattern.concept}", *(k[0] if k[1] is None else f"{k[0]}[{k[1]}]" for k in keys)),
                    (f"ch {told_one.start}-{told_one.stop}", *(o.locator for o in printed)),
                )
            )
    return out


def _clauses(text: str, year: int | None) -> list[_Clause]:
    """Return the clauses that hold digits."""
    text = _unwrapped(text)
    out = []
    parts = elsewhen = False
    before: tuple[str, ...] = ()
    depth = position = 0
    for match in _CLAUSE.finditer(text):
        gap = text[position : match.start()]
        position = match.end()
        if re.search(r"[。；;！!？?\n]", gap):
            parts = False
        if re.search(r"[。！!？?\n]", gap):
            before, elsewhen = (), False
        depth = max(0, depth + sum(gap.count(c) for c in "（(") - sum(gap.count(c) for c in "）)"))
        clause = "".join(match[0].split())
        parts = parts or bool(_PARTS.search(clause))
        elsewhen = _elsewhen(clause, year, elsewhen)
        if len(clause) <= _LONGEST_CLAUSE and re.search(r"\d", clause):
            places = tuple(i for i in range(*match.span()) if not text[i].isspace())
            out.append(_Clause(clause, places, before, parts or depth > 0, elsewhen))
        before = (*before[-_MOST_BEFORE:], clause[:_LONGEST_CLAUSE])
    return out


def _unwrapped(text: str) -> str:
    """Return a text of the same length with blanks for the line ends within sentences."""
    lines = text.split("\n")
    out = [lines[0]]
    for line, following in pairwise(lines):
        full = len(line) >= _FULL_LINE and (line[-1].isalnum() or line[-1] in ",，、 \u3000")
        out += [" " if full and _GOES_ON.match(following) else "\n", following]
    return "".join(out)


def _elsewhen(clause: str, year: int | None, before: bool) -> bool:
    """Tell whether a clause speaks of another time than the report's year; ``before``: whether the one before it did."""
    if not any(char in clause for char in "年季月今来"):
        return before
    part, since = _times()
    if part.search(clause):
        return True
    if (found := since.search(clause)) and clause[: found.start()][-2:] != "今年":
        named = _YEAR.findall(clause[: found.start()])
        return not named or int(named[-1]) != year
    named = _YEAR.findall(clause)
    if named and year is not None and int(named[-1]) != year:
        return True
    return before and not (named or re.match(r"(?:全年|年内|本年度?|一年来)", clause))


@lru_cache(maxsize=1)
def _times() -> tuple[re.Pattern[str], re.Pattern[str]]:
    entry = read_reference("prose")
    return re.compile(entry["part_of_year"]), re.compile(entry["since"])


def _told(concept: str, match: re.Match[str], clause: _Clause, printed: str) -> ProseFigure:
    value = float(re.sub("[,，]", "", match["n"])) * {"万": 10_000, "亿": 100_000_000}.get(match["scale"] or "", 1)
    unit = match["m"].removeprefix("余")
    begin, end = clause.places[match.start("n")], clause.places[match.end("m") - 1] + 1
    return ProseFigure(concept, value, printed[begin:end], unit, begin, end)


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    out = []
    for entry in read_reference("prose")["patterns"]:
        measure = f"(?P<m>{entry['measure']})(?!以上|[%％])"
        regexes, after = (
            tuple(
                re.compile(r.replace("N", _NUMBER, 1).replace("M", measure, 1))
                for r in map(_no_share, entry.get(name, ()))
            )
            for name in ("regex", "after")
        )
        forbidden, before, said = (
            re.compile(entry[name]) if entry.get(name) else None for name in ("not", "before_not", "said")
        )
        whole = entry.get("whole", False)
        out.append(_Pattern(entry["concept"], entry["maps"], regexes, forbidden, before, after, said, whole))
    return tuple(out)


def _no_share(regex: str) -> str:
    # 占 34% of something stands between no noun and its number.
    return regex.replace("[^0-9]{", "[^0-9%％]{")


def _terms(pattern: _Pattern) -> list[str]:
    return [term for expression in pattern.maps.values() for term in expression.split(" + ")]


def _key(term: str) -> tuple[str, str | None]:
    indicator, _, applicant = term.partition("[")
    return indicator, applicant.rstrip("]") or None
