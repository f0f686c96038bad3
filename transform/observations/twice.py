"""Tables that one report prints twice with different figures: observations in, the same with their doubt out.

The tables of the year before below this year's, an old version left in the page: nothing in the cells tells which
figures are the report's, so neither is ``confirmed``. The same figures printed twice raise no doubt.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from transform.observation import Observation

NOTE = "printed more than once, with different figures"
Key = tuple[str, str | None]


def doubt_what_is_printed_twice(observations: list[Observation]) -> list[Observation]:
    """Return the observations; where any cell has two different figures, every cell printed twice is doubtful.

    A table that differs in one cell is another table, though most of its cells may be equal by chance.
    """
    if all(o.occurrence == 1 for o in observations):
        return observations
    said: dict[Key, list[tuple[float | None, str]]] = defaultdict(list)
    for o in observations:
        said[o.indicator, o.applicant].append((o.value, o.status))
    if all(len(set(figures)) == 1 for figures in said.values()):
        return observations
    return [
        replace(o, reading="doubtful", note=o.note or NOTE) if len(said[o.indicator, o.applicant]) > 1 else o
        for o in observations
    ]
