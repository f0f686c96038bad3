"""Figures told in sentences: document text in, prose observations and checks against the tables out.

The one thing to know: a number is taken only from inside one clause whose words say what it counts, so that
复议134件，诉讼57件 never gives one the other's figure; percentages, years, parts opened by 其中, carried-in cases and
comparisons with last year are left alone. A prose figure is at most ``single`` and never stands for a table's cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.document import Document
from transform.forms.form import read_reference
from transform.observation import Check, Observation
from transform.recognition.values import standardise

_NUMBER = r"(?P<n>\d{1,3}(?:[,，]\d{3})+|\d+(?:\.\d+)?)(?P<scale>万|亿)?"
# The comma of 2,345 does not end a clause.
_CLAUSE = re.compile(r"(?:[^，,；;。！!？?\n：:（）()]|(?<=\d)[,，](?=\d{3}))+")
_PARTS = re.compile(r"其中|包括|分别")
READER = "text clauses"


@dataclass(frozen=True, slots=True)
class Told:
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


def told_figures(document: Document) -> list[Told]:
    """Return every figure that a clause tells, in reading order."""
    text = document.text
    if not re.search(r"\d", text):
        return []
    out = []
    for clause, start, in_parts in _clauses(text):
        for pattern in _patterns():
            if in_parts and pattern.concept in ("requests_received", "requests_decided", "proactive_total"):
                continue
            if pattern.forbidden and pattern.forbidden.search(clause):
                continue
            match = next((m for r in pattern.regexes if (m := r.search(clause))), None)
            if match:
                out.append(_told(pattern.concept, match, clause, start))
    return out


def observe_prose(told: list[Told], indicators: set[str]) -> list[Observation]:
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


def check_prose(told: list[Told], observations: list[Observation]) -> list[Check]:
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


def _clauses(text: str) -> list[tuple[str, int, bool]]:
    """Return (clause without white space, offset, whether 其中 opened parts earlier in the sentence)."""
    out = []
    parts = False
    depth = 0
    position = 0
    for match in _CLAUSE.finditer(text):
        gap = text[position : match.start()]
        position = match.end()
        if re.search(r"[。；;！!？?\n]", gap):
            parts = False
        depth = max(0, depth + sum(gap.count(c) for c in "（(") - sum(gap.count(c) for c in "）)"))
        clause = match[0]
        parts = parts or bool(_PARTS.search(clause))
        if re.search(r"\d", clause):
            out.append((clause, match.start(), parts or depth > 0))
    return out


def _told(concept: str, match: re.Match[str], clause: str, start: int) -> Told:
    value = float(re.sub("[,，]", "", match["n"])) * {"万": 10_000, "亿": 100_000_000}.get(match["scale"] or "", 1)
    unit = match["m"].removeprefix("余")
    begin, end = match.start("n"), match.end("m")
    return Told(concept, value, clause[begin:end], unit, start + begin, start + end)


@lru_cache(maxsize=1)
def _patterns() -> tuple[_Pattern, ...]:
    out = []
    for entry in read_reference("prose")["patterns"]:
        measure = f"(?P<m>{entry['measure']})(?!以上|[%％])"
        regexes = tuple(
            re.compile(r.replace("N", _NUMBER + r"\s*", 1).replace("M", measure, 1))
            for r in map(_spaced, entry["regex"])
        )
        forbidden = re.compile(entry["not"]) if entry.get("not") else None
        out.append(_Pattern(entry["concept"], entry["maps"], regexes, forbidden))
    return tuple(out)


def _spaced(regex: str) -> str:
    # Word leaves blanks around numbers: 共收到 政府信息公开申请 124 件.
    return regex.replace("[^0-9]{", "[^0-9%％]{").replace("NM", r"N\s*M")


def _terms(pattern: _Pattern) -> list[str]:
    return [term for expression in pattern.maps.values() for term in expression.split(" + ")]


def _key(term: str) -> tuple[str, str | None]:
    indicator, _, applicant = term.partition("[")
    return indicator, applicant.rstrip("]") or None
