"""Which documents have to be seen together when a release is assembled: parts and Records in, shards of documents out.

Two documents are tied where anything could make them one report or one row: a unit, an address, the page they hang on, the
same telling figures, units of which one took in the other. The one thing to know: a shard is closed under all of these, so
that it can be assembled alone, whatever their number and size. Only identifiers are read of the parts, no figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from transform.places.territory import mergers
from transform.versions.grouping import TELLING

#: Documents of a shard: some 100,000 figures, 200 MB while they are assembled.
DOCUMENTS = 400


def shards_of(
    parts: Iterable[Path],
    addresses: Iterable[tuple[str, str]],
    decided: Iterable[tuple[str, str]] = (),
    *,
    size: int = DOCUMENTS,
) -> list[list[str]]:
    """Return the documents of parts in shards of ``size`` or, where more are tied together, as many as are; sorted.

    ``addresses`` are pairs of a document_id and an address it was fetched from or hangs on, ``decided`` of a document_id and the
    unit that people gave it. Documents are in the order of
    their units, so that what the shards give hardly overlaps.
    """
    import pyarrow.parquet as pq

    ties = _Ties()
    units: dict[str, str] = {}
    for path in sorted(parts):
        table = pq.ParquetFile(path).read(columns=["document_id", "content", "telling", "identity.unit_id"])
        unit_ids = [identity["unit_id"] for identity in table["identity"].to_pylist()]
        told = (table[name].to_pylist() for name in ("document_id", "content", "telling"))
        for document, content, telling, unit in zip(*told, unit_ids, strict=True):
            units[document] = min(units.get(document, "~"), unit or "~")
            if unit:
                ties.tie(document, f"unit {unit}")
            if telling >= TELLING:
                ties.tie(document, f"content {content}")
    for document, address in addresses:
        if document in units:
            ties.tie(document, f"address {address}")
    for document, unit in decided:
        if document in units:
            ties.tie(document, f"unit {unit}")
    for synthetic in (False, True):
        for unit, merged in mergers(synthetic=synthetic):
            ties.tie_known(f"unit {unit}", f"unit {merged}")
    together: dict[int, list[str]] = {}
    for document in units:
        together.setdefault(ties.root(document), []).append(document)
    return _packed([sorted(members) for members in together.values()], units, size)


def _packed(components: Sequence[list[str]], units: dict[str, str], size: int) -> list[list[str]]:
    shards: list[list[str]] = []
    for members in sorted(components, key=lambda c: (min(units[d] for d in c), c[0])):
        if shards and len(shards[-1]) + len(members) <= size:
            shards[-1] += members
        else:
            shards.append(list(members))
    return [sorted(shard) for shard in shards]


class _Ties:
    """Disjoint sets of names, each with its number."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._above: list[int] = []

    def tie(self, a: str, b: str) -> None:
        first, second = self._find(self._of(a)), self._find(self._of(b))
        self._above[max(first, second)] = min(first, second)

    def tie_known(self, a: str, b: str) -> None:
        if a in self._number and b in self._number:
            self.tie(a, b)

    def root(self, name: str) -> int:
        return self._find(self._of(name))

    def _of(self, name: str) -> int:
        number = self._number.setdefault(name, len(self._above))
        if number == len(self._above):
            self._above.append(number)
        return number

    def _find(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = number = self._above[self._above[number]]
        return number
