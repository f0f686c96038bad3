"""What a release has lost against another, beyond what ``publish/compare/thresholds.json`` lets go.

Comes in: two release folders. Goes out: Losses, worst table by table, province by province, year by year. The one thing to
know: gains never outweigh losses; each province and year is looked at alone, and each table as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.data_file import read_json
from extract.errors import ReferenceDataError
from publish.compare.counts import Count, count_release

THRESHOLDS = Path(__file__).resolve().parent / "thresholds.json"
MEASURES = ("rows", "figures", "confirmed")
#: How many losses a message lists; the rest are counted.
LISTED = 40


@dataclass(frozen=True)
class Loss:
    """One table's rows, figures, or share of figures that are confirmed, before and now.

    ``province`` and ``year`` are "all" where the table as a whole has lost, and "" where they are unknown.
    """

    table: str
    province: str
    year: str
    what: str
    before: str
    now: str


def losses(before: Path, now: Path, thresholds: Path = THRESHOLDS) -> list[Loss]:
    """Return what the release in ``now`` has lost against that in ``before``, tables as a whole first.

    Raises:
        UsageError: one of the folders holds no release.
        ReferenceDataError: the thresholds cannot be read.
    """
    limits = _load(thresholds)
    old, new = ({_key(count): count for count in count_release(folder)} for folder in (before, now))
    found = list(_compared(_whole(old.values()), _whole(new.values()), limits, "whole"))
    return found + list(_compared(old, new, limits, "place"))


def loss_lines(found: list[Loss], listed: int = LISTED) -> list[str]:
    """Return the losses as lines of a table, under a heading."""
    rows = [("table", "province", "year", "what", "before", "now")]
    rows += [(loss.table, loss.province, loss.year, loss.what, loss.before, loss.now) for loss in found[:listed]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return lines + ([f"  and {len(found) - listed} more"] if len(found) > listed else [])


_Key = tuple[str, str, str]


def _key(count: Count) -> _Key:
    return count.table, count.province, "" if count.year is None else str(count.year)


def _whole(counts: Iterable[Count]) -> dict[_Key, Count]:
    sums: dict[_Key, Count] = {}
    for count in counts:
        key = (count.table, "all", "all")
        one = sums.get(key, Count(count.table, "all", None, 0, None, None))
        figures, confirmed = (
            a if b is None else b + (a or 0)
            for a, b in ((one.figures, count.figures), (one.confirmed, count.confirmed))
        )
        sums[key] = Count(count.table, "all", None, one.rows + count.rows, figures, confirmed)
    return sums


def _compared(
    old: Mapping[_Key, Count], new: Mapping[_Key, Count], limits: Mapping[str, Any], level: str
) -> Iterator[Loss]:
    for key, before in old.items():
        now = new.get(key, Count(*key[:2], None, 0, 0, 0))
        for what, limit in limits["tables"].get(before.table, {}).items():
            if told := _told(what, before, now, limit[level], limits["at_least"][what]):
                yield Loss(*key, "confirmed share" if what == "confirmed" else what, *told)


def _told(what: str, before: Count, now: Count, limit: float, at_least: int) -> tuple[str, str] | None:
    """Return a measure before and now in words, where it has fallen beyond the limit."""
    if what == "confirmed":
        if not before.figures or not now.figures:
            return None
        was, is_now = (before.confirmed or 0) / before.figures, (now.confirmed or 0) / now.figures
        lost, allowed = (was - is_now) * now.figures, limit * now.figures
        words = f"{was:.1%}", f"{is_now:.1%}"
    else:
        had, has = getattr(before, what) or 0, getattr(now, what) or 0
        lost, allowed = had - has, limit * had
        words = f"{had:,}", f"{has:,}"
    return words if lost > allowed + 1e-9 and lost >= at_least else None


def _load(path: Path) -> Mapping[str, Any]:
    told = read_json(path)
    try:
        measures = {what for table in told["tables"].values() for what in table} | set(told["at_least"])
        numbers = [
            table[what][level] for table in told["tables"].values() for what in table for level in ("place", "whole")
        ]
        numbers += [told["at_least"][what] for what in MEASURES]
    except (KeyError, TypeError, AttributeError) as error:
        raise ReferenceDataError(f"{path.name}: {error!r} is not there; restore it from version control") from error
    if measures - set(MEASURES) or not all(isinstance(n, (int, float)) and n >= 0 for n in numbers):
        raise ReferenceDataError(f"{path.name}: measures are {', '.join(MEASURES)}, limits are numbers from 0 on")
    return told
