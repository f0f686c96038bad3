"""Where two readings of a picture disagree: the report's own arithmetic says which of the two was printed.

The one thing to know: it chooses between figures that were actually seen and never finds another; and what it chooses
stays ``doubtful``, with the other figure in its note. Identities alone never confirm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from transform.observation import Check, Observation
from transform.observations.checks import evaluate

Key = tuple[str, str | None, int]
# Choices are tried one by one, again while they help; a report with more disagreements than this is badly read.
_MOST = 60


def choose(observations: list[Observation], second: list[Observation]) -> list[Observation]:
    """Return the observations with the second reading's figure where the first breaks exact identities and it does not."""
    others: Mapping[Key, Observation] = {_key(o): o for o in second}
    chosen = list(observations)
    open_places = [
        n
        for n, o in enumerate(chosen)
        if o.reading == "doubtful" and o.occurrence == 1 and (other := others.get(_key(o))) and other.value != o.value
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
            one, other = chosen[n], others[_key(chosen[n])]
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


def _key(observation: Observation) -> Key:
    return observation.indicator, observation.applicant, observation.occurrence
