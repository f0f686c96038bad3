"""Cells that one report prints twice with different figures: observations in, the same with their doubt out.

The tables of the year before below this year's, an old version left in the page: nothing in the cells tells which
figures are the report's, so none of the two is ``confirmed``. The same figure printed twice raises no doubt.
"""

from __future__ import annotations

from dataclasses import replace

from transform.observation import Observation

NOTE = "printed more than once with different figures"


def doubt_what_is_printed_twice(observations: list[Observation]) -> list[Observation]:
    """Return the observations, every cell doubtful that stands at one place of the form with two different figures."""
    if all(o.occurrence == 1 for o in observations):
        return observations
    said: dict[tuple[str, str | None], set[tuple[float | None, str]]] = {}
    for o in observations:
        said.setdefault((o.indicator, o.applicant), set()).add((o.value, o.status))
    return [
        replace(o, reading="doubtful", note=o.note or NOTE) if len(said[o.indicator, o.applicant]) > 1 else o
        for o in observations
    ]
