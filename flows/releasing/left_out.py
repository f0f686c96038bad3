"""Documents that no release can hold: named and counted, and the rest is released without them.

One page stops no release. In an archive of real portals a page may claim to be of the invented province; rows of one document may
break the schema or an identity, or trip a fault of ours. Which document it is, is found by leaving documents out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.record import Record

#: Documents of one shard that are left out one by one; where more would have to go, it is no fault of documents.
MOST = 20
INVENTED = "it is of the invented province (code 99), and the archive is one of real portals"


@dataclass(frozen=True, order=True)
class LeftOut:
    """A document that is not in a release: its address, its id, and why."""

    url: str
    document_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.url or 'document'} ({self.document_id[:12]}): left out of the release: {self.reason}"


def invented_documents(parts: Mapping[Path, Iterable[str]]) -> set[str]:
    """Return the documents of which a reading is of the invented province."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found: set[str] = set()
    for path, documents in parts.items():
        table = pq.ParquetFile(path).read(columns=["document_id", "identity.synthetic"])
        invented = table.filter(pc.equal(pc.struct_field(table["identity"], "synthetic"), True))
        found |= set(invented["document_id"].to_pylist()) & set(documents)
    return found


def named(documents: Mapping[str, str], records: Iterable[Record]) -> list[LeftOut]:
    """Return documents with their reasons under the addresses they came from, sorted."""
    urls: dict[str, str] = {}
    if documents:
        for record in records:
            if record.document_id in documents:
                urls.setdefault(str(record.document_id), record.url)
    return sorted(LeftOut(urls.get(document, ""), document, reason) for document, reason in documents.items())


def at_fault(documents: Sequence[str], why_not: Callable[[Sequence[str]], str | None]) -> dict[str, str] | None:
    """Return the documents without which the others can be released, each with the reason; None where that is not to be found.

    ``why_not`` tries some documents and says why they cannot be released together, or None where they can. The first that spoils
    those before it is left out, and so on: some ten tries each.
    """
    left: dict[str, str] = {}
    kept = list(documents)
    while (reason := why_not(kept)) is not None:
        if len(left) == MOST or not kept:
            return None
        good, bad = 0, len(kept)  # the first ``good`` go together, the first ``bad`` do not
        while bad - good > 1:
            middle = (good + bad) // 2
            if found := why_not(kept[:middle]):
                bad, reason = middle, found
            else:
                good = middle
        left[kept.pop(bad - 1)] = reason
    return left
