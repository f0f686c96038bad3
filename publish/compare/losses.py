"""What a release has lost against another, beyond what ``publish/compare/thresholds.json`` lets go.

In: two release folders. Out: Losses, by table, province and year. Gains never outweigh losses: each province and year is looked
at alone, and each table as a whole. Gains are no losses: how surely figures were read is compared for those both releases have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.data_file import read_json
from extract.errors import ReferenceDataError
from publish.compare.counts import Count, count_release
from publish.compare.shared_counts import SharedCount, count_shared

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
    shared = count_shared(before, now, frozenset(t for t, of in limits["tables"].items() if "confirmed" in of))
    found = list(_compared(_whole(old.values()), _whole(new.values()), limits, "whole"))
    found += _less_sure(_whole_shared(shared), limits, "whole")
    return found + list(_compared(old, new, limits, "place")) + list(_less_sure(shared, limits, "place"))


def loss_lines(found: list[Loss], listed: int = LISTED) -> list[str]:
    """Return the losses as lines of a table, under a heading."""
    rows = [["table", "province", "year", "what", "before", "now"]]
    rows += [[loss.table, loss.province, loss.year, loss.what, loss.before, loss.now] for loss in found[:listed]]
    return _lines(rows) + ([f"  and {len(found) - listed} more"] if len(found) > listed else [])


def reason_lines(reasons: list[list[str]], listed: int = LISTED) -> list[str]:
    """Return counts of changes by table and reason (``change_summary.by_reason``) as lines of a table."""
    return _lines(reasons[: listed + 1]) + (
        [f"  and {len(reasons) - 1 - listed} more"] if len(reasons) > listed + 1 else []
    )


def _lines(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


_CountKey = tuple[str, str, str]


def _key(count: Count) -> _CountKey:
    return count.table, count.province, "" if count.year is None else str(count.year)


def _whole(counts: Iterable[Count]) -> dict[_CountKey, Count]:
    sums: dict[_CountKey, Count] = {}
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
    old: Mapping[_CountKey, Count], new: Mapping[_CountKey, Count], limits: Mapping[str, Any], level: str
) -> Iterator[Loss]:
    for key, before in old.items():
        now = new.get(key, Count(*key[:2], None, 0, 0, 0))
        for what, limit in limits["tables"].get(before.table, {}).items():
            if what == "confirmed":
                continue
            had, has = getattr(before, what) or 0, getattr(now, what) or 0
            if had - has > limit[level] * had + 1e-9 and had - has >= limits["at_least"][what]:
                yield Loss(*key, what, f"{had:,}", f"{has:,}")


def _whole_shared(shared: Iterable[SharedCount]) -> list[SharedCount]:
    sums: dict[str, SharedCount] = {}
    for one in shared:
        known = sums.get(one.table, SharedCount(one.table, "all", None, 0, 0, 0))
        numbers = (a + b for a, b in zip(known[3:], one[3:], strict=True))
        sums[one.table] = SharedCount(*known[:3], *numbers)
    return list(sums.values())


def _less_sure(shared: Iterable[SharedCount], limits: Mapping[str, Any], level: str) -> Iterator[Loss]:
    """Yield where the share of confirmed figures has fallen, of figures that both releases have."""
    for one in shared:
        limit = limits["tables"][one.table]["confirmed"][level]
        lost = one.confirmed_before - one.confirmed_now
        if one.figures and lost > limit * one.figures + 1e-9 and lost >= limits["at_least"]["confirmed"]:
            year = "all" if one.province == "all" else "" if one.year is None else str(one.year)
            shares = (f"{confirmed / one.figures:.1%}" for confirmed in (one.confirmed_before, one.confirmed_now))
            yield Loss(one.table, one.province, year, "confirmed share", *shares)


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
