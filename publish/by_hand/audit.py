"""A blind audit: which cells to read by hand, and what error rate the filled sheet gives.

Strata are format, form and reading. The one thing to know: the draw depends on nothing but the cells, their number and
the seed; each stratum gets its share of the sample and at least one cell; the sheet shows neither figure nor stratum.
Interval: Wilson, https://www.jstor.org/stable/2276774 ; for the whole, at the effective size of a weighted sample (Kish).
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from publish.by_hand.sheets import KEY, key_of
from transform.observation import Row
from transform.recognition.values import parse_value

if TYPE_CHECKING:
    import pyarrow as pa

Stratum = tuple[str, str, str]
#: The 97.5th percentile of the normal distribution.
Z = 1.959963984540054
ALL = "all"
STRATUM = ("media_type", "form", "reading")


def draw(cells: Iterable[pa.Table], number: int, seed: int) -> list[dict[str, Any]]:
    """Return a random sample of cells (``ReleaseCells``, or tables of such), in an order that tells nothing of the strata.

    Raises:
        UsageError: the sample is smaller than the number of strata, so that some would have no cell.
    """
    sizes = _sizes(cells)
    if number < len(sizes):
        raise UsageError(f"a sample of {number} leaves strata out: there are {len(sizes)} of format, form and reading")
    shares = _shares(sizes, min(number, sum(sizes.values())))
    # The smallest chances of each stratum, kept while the cells go by: a country's cells are not held in memory.
    lowest: dict[Stratum, list[tuple[int, int]]] = {stratum: [] for stratum in sizes}
    columns = (*STRATUM, *KEY)
    for start, batch in _counted(cells):
        for n, (media, form, reading, *key) in enumerate(
            zip(*(batch[c].to_pylist() for c in columns), strict=True), start
        ):
            stratum = media, form, reading
            chance = -_chance(tuple(key), seed)
            if len(lowest[stratum]) < shares[stratum]:
                heapq.heappush(lowest[stratum], (chance, n))
            elif chance > lowest[stratum][0][0]:
                heapq.heapreplace(lowest[stratum], (chance, n))
    drawn = sorted((drawn for found in lowest.values() for drawn in found), reverse=True)
    wanted = sorted(n for _, n in drawn)
    held: dict[int, dict[str, Any]] = {}
    for start, batch in _counted(cells):
        here = wanted[bisect_left(wanted, start) : bisect_left(wanted, start + batch.num_rows)]
        if here:
            held.update(zip(here, batch.take([n - start for n in here]).to_pylist(), strict=True))
    return [held[n] for _, n in drawn]


def audit_rows(cells: Iterable[pa.Table], read: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows of ``audit``: one a stratum of the cells, and the whole, from what was read by hand."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes = _sizes(cells)
    by_hand = {key_of(row): row for row in read}
    documents = pa.array(sorted({key[0] for key in by_hand}), pa.string())
    concerned = (batch.filter(pc.is_in(batch["document_id"], documents)) for batch in cells)
    by_key = {key_of(cell): cell for batch in concerned for cell in batch.to_pylist()}
    told: dict[Stratum, list[bool]] = {stratum: [] for stratum in sizes}
    lost = 0
    for row in by_hand.values():
        cell = by_key.get(key_of(row))
        if cell is None:
            lost += 1
        else:
            told[_stratum(cell)].append(is_error(cell, row["read"]))
    rows = [_row(stratum, sizes[stratum], told[stratum]) for stratum in sizes]
    return sorted([*rows, _whole(rows, lost)], key=lambda r: (r["media_type"], r["form"], r["reading"]))


def is_error(cell: Row, read: str) -> bool:
    """Tell whether a released cell says another number, or another kind of emptiness, than a person read."""
    said = parse_value(read)
    if said.value is not None and cell["value"] is not None:
        return abs(said.value - cell["value"]) > 1e-9
    return said.value is not cell["value"] or said.status != cell["status"]


def wilson(rate: float, size: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate seen in a sample.

    >>> [round(end, 4) for end in wilson(0, 100)]
    [0.0, 0.037]
    """
    middle = rate + Z * Z / (2 * size)
    half = Z * sqrt(rate * (1 - rate) / size + Z * Z / (4 * size * size))
    whole = 1 + Z * Z / size
    return max(0.0, round((middle - half) / whole, 12)), min(1.0, round((middle + half) / whole, 12))


def _row(stratum: Stratum, cells: int, errors: Sequence[bool]) -> dict[str, Any]:
    wrong, size = sum(errors), len(errors)
    low, high = wilson(wrong / size, size) if size else (None, None)
    return {
        "media_type": stratum[0],
        "form": stratum[1],
        "reading": stratum[2],
        "cells": cells,
        "sampled": size,
        "errors": wrong,
        "rate": wrong / size if size else None,
        "low": low,
        "high": high,
        "lost": 0,
    }


def _whole(rows: Sequence[Row], lost: int) -> dict[str, Any]:
    """Return the whole: strata that nobody read are left out of the weights."""
    seen = [row for row in rows if row["sampled"]]
    out = _row((ALL, ALL, ALL), sum(row["cells"] for row in rows), []) | {
        "sampled": sum(row["sampled"] for row in rows),
        "errors": sum(row["errors"] for row in rows),
        "lost": lost,
    }
    if seen:
        cells = sum(row["cells"] for row in seen)
        rate = sum(row["cells"] / cells * row["errors"] / row["sampled"] for row in seen)
        effective = 1 / sum((row["cells"] / cells) ** 2 / row["sampled"] for row in seen)
        low, high = wilson(rate, effective)
        out |= {"rate": rate, "low": low, "high": high}
    return out


def _sizes(cells: Iterable[pa.Table]) -> dict[Stratum, int]:
    sizes: Counter[Stratum] = Counter()
    for batch in cells:
        for row in batch.group_by(list(STRATUM)).aggregate([([], "count_all")]).to_pylist():
            sizes[_stratum(row)] += row["count_all"]
    return dict(sorted(sizes.items()))


def _counted(cells: Iterable[pa.Table]) -> Iterator[tuple[int, pa.Table]]:
    """Yield tables with the number of rows before each."""
    start = 0
    for batch in cells:
        yield start, batch
        start += batch.num_rows


def _stratum(cell: Row) -> Stratum:
    return cell["media_type"], cell["form"], cell["reading"]


def _shares(sizes: Mapping[Stratum, int], number: int) -> dict[Stratum, int]:
    """Return how many cells of each stratum: one, and the rest in proportion, the largest remainders first."""
    left, total = number - len(sizes), sum(sizes.values()) - len(sizes)
    exact = {stratum: left * (size - 1) / total if total else 0.0 for stratum, size in sizes.items()}
    shares = {stratum: 1 + int(part) for stratum, part in exact.items()}
    for stratum in sorted(exact, key=lambda s: (int(exact[s]) - exact[s], s))[: number - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def _chance(key: tuple[Any, ...], seed: int) -> int:
    return int.from_bytes(hashlib.sha256(repr((seed, *key)).encode()).digest())
