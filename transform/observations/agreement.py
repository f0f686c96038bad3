"""How surely figures were read that were read, or printed, more than once: observations in, the same with their doubt out.

Two readings of a document are compared (``agree``); where two readings of a picture disagree, the report's own arithmetic says
which of the two figures seen was printed (``choose``); a table that a report prints twice with different figures is doubted
(``doubt_what_is_printed_twice``). No figure is ever made that was not seen, and identities alone never confirm one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from transform.observation import CellKey, CellName, Check, Observation
from transform.observations.checks import evaluate
from transform.observations.shown_cell import UNDECIDED

_TWICE = "printed more than once, with different figures"
# Choices are tried one by one, again while they help; a report with more disagreements than this is badly read.
_MOST = 60


def agree(first: list[Observation], second: list[Observation]) -> list[Observation]:
    """Return the observations of two independent readings of the same document.

    Both agree on value and status: ``confirmed``, unless either place carries a doubt or a guess. They disagree:
    ``doubtful``, the first reading's value kept and the other's named in ``note``. Only one has the cell: as that
    reading left it. Which of two disagreeing readings is right is never voted on.
    """
    others = {o.key: o for o in second}
    out = []
    for one in first:
        other = others.pop(one.key, None)
        out.append(one if other is None else _compared(one, other))
    return [*out, *others.values()]


def _compared(one: Observation, other: Observation) -> Observation:
    same = one.value == other.value and one.status == other.status
    if same and one.reader == other.reader and one.reading == "single":
        # One program reads two files of a report: what it misreads it may misread twice.
        return one
    if same and one.reading == other.reading == "single" and {one.note, other.note} <= {None, UNDECIDED}:
        return replace(one, reading="confirmed", reader=f"{one.reader}; {other.reader}")
    if same and "confirmed" in (one.reading, other.reading):
        # A place that a document's own structure proves needs no other reading.
        return one if one.reading == "confirmed" else other
    if same:
        return one if one.reading == "single" else other
    # A reading whose own structure is in doubt does not get the first word.
    kept, lost = (one, other) if one.reading != "doubtful" or other.reading == "doubtful" else (other, one)
    return replace(kept, reading="doubtful", note=f"{lost.reader} reads {lost.value_text!r} at {lost.locator}")


def choose(observations: list[Observation], second: list[Observation]) -> list[Observation]:
    """Return the observations with the second reading's figure where the first breaks exact identities and it does not.

    What is chosen stays ``doubtful``, with the other figure in its note.
    """
    others: Mapping[CellKey, Observation] = {o.key: o for o in second}
    chosen = list(observations)
    open_places = [
        n
        for n, o in enumerate(chosen)
        if o.reading == "doubtful" and o.occurrence == 1 and (other := others.get(o.key)) and other.value != o.value
    ]
    if not open_places or len(open_places) > _MOST:
        return chosen
    tried: set[int] = set()
    broken = _broken(chosen)
    while broken:
        best: tuple[int, int, list[Observation]] | None = None
        for n in open_places:
            if n in tried:
                continue
            one, other = chosen[n], others[chosen[n].key]
            note = f"{one.reader} reads {one.value_text!r} at {one.locator}; chosen by the report's own sums"
            candidate = [*chosen[:n], replace(other, reading="doubtful", note=note), *chosen[n + 1 :]]
            left = _broken(candidate)
            if left < broken and (best is None or left < best[0]):
                best = left, n, candidate
        if best is None:
            break
        broken, place, chosen = best
        tried.add(place)
    return chosen


def _broken(observations: list[Observation]) -> int:
    return sum(1 for check in evaluate(observations) if _counts(check))


def _counts(check: Check) -> bool:
    return check.severity == "exact" and check.operator == "==" and check.status == "broken"


def doubt_what_is_printed_twice(observations: list[Observation]) -> list[Observation]:
    """Return the observations; where any cell has two different figures, every cell printed twice is doubtful.

    Such a report prints the tables of the year before too, or an old version: nothing in the cells tells which are its own.
    A table that differs in one cell is another table, though most of its cells may be equal by chance.
    """
    if all(o.occurrence == 1 for o in observations):
        return observations
    said: dict[CellName, list[tuple[float | None, str]]] = defaultdict(list)
    for o in observations:
        said[o.indicator, o.applicant].append((o.value, o.status))
    if all(len(set(figures)) == 1 for figures in said.values()):
        return observations
    return [
        replace(o, reading="doubtful", note=o.note or _TWICE) if len(said[o.indicator, o.applicant]) > 1 else o
        for o in observations
    ]
