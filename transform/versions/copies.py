"""Copies: each reading of a report in one document, with what the archive knows of that document.

In: the table of parts and the archive's Records. Out: light objects without figures; the figures stay in Arrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from extract.record import Record
from transform.observation import Evidence, ReportIdentity
from transform.versions.decisions import Decisions, as_people_say
from transform.versions.hosts import evidence_of_place

if TYPE_CHECKING:
    import pyarrow as pa

_TOLD = ("document_id", "ordinal", "media_type", "pages", "form", "status", "reason", "content", "telling", "narrative")


@dataclass(frozen=True, eq=False)
class Copy:
    """One document's reading of one report. ``row`` is its row in the table of parts.

    ``seen`` are the addresses it was fetched from, each with the first and the last time (ISO 8601), empty where the
    archive does not know the document; ``parents`` the pages it hangs on; ``crawled`` tells whether a portal led to it. ``rank`` is 0 where the format says
    which cell stands where, 1 for PDF and the like, 2 for pictures.
    """

    row: int
    document_id: str
    ordinal: int
    media_type: str
    pages: int | None
    identity: ReportIdentity
    form: str | None
    status: str
    reason: str | None
    content: str
    telling: int
    narrative: str | None
    cells: int
    broken: int
    rank: int
    seen: tuple[tuple[str, str, str], ...]
    parents: frozenset[str]
    crawled: bool
    titles: tuple[str, ...]
    published_on: str | None

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(url for url, _, _ in self.seen)

    @property
    def first_seen(self) -> str | None:
        return min((first for _, first, _ in self.seen), default=None)

    @property
    def last_seen(self) -> str | None:
        return max((last for _, _, last in self.seen), default=None)

    @property
    def sort_key(self) -> tuple[str, str, int]:
        return self.first_seen or "~", self.document_id, self.ordinal


def load_copies(parts: pa.Table, records: Iterable[Record], decisions: Decisions | None = None) -> list[Copy]:
    """Return one Copy for each row of parts, in the order they were first seen; its identity with the evidence of where the
    document lay, and as people decided it."""
    seen: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: (r.retrieved_at, r.url)):
        if record.document_id is not None:
            seen.setdefault(record.document_id, []).append(record)
    table_cells, broken, readers = _table_cells(parts)
    out = []
    # Nested columns stay in Arrow: only what identifies a reading is needed as an object here.
    for row, told in enumerate(parts.select([*_TOLD, "identity"]).to_pylist()):
        fetched = seen.get(told["document_id"], [])
        identity = _identity(told.pop("identity"), fetched, (decisions or {}).get(told["document_id"]))
        out.append(
            Copy(
                row=row,
                **told,
                identity=identity,
                cells=table_cells[row],
                broken=broken[row],
                rank=_rank(told["media_type"], readers.get(row, "")),
                seen=_seen(fetched),
                parents=frozenset(r.parent_url for r in fetched if r.parent_url is not None),
                crawled=any(r.kind != "import" for r in fetched),
                titles=tuple(sorted({t for r in fetched if (t := r.link_title)} | {identity.title or ""} - {""})),
                published_on=identity.published_on
                or min((d for r in fetched if (d := r.link_published_on)), default=None),
            )
        )
    return sorted(out, key=lambda c: c.sort_key)


def _identity(
    told: Mapping[str, Any], fetched: Sequence[Record], decision: Mapping[str, tuple[str, str]] | None
) -> ReportIdentity:
    identity = ReportIdentity(**{**told, "evidence": tuple(Evidence(**piece) for piece in told["evidence"] or ())})
    # The portals are all known here, with what their rows in the registry are worth.
    own = [piece for piece in identity.evidence if piece.source != "portal"]
    pieces = (*own, *evidence_of_place(identity, fetched)) if fetched else identity.evidence
    return as_people_say(replace(identity, evidence=tuple(dict.fromkeys(pieces))), fetched, decision)


def _seen(fetched: Sequence[Record]) -> tuple[tuple[str, str, str], ...]:
    times: dict[str, list[str]] = {}
    for record in fetched:
        # A redirect may lead to another address each time; the one the list names stays.
        for url in {record.url, record.requested_url} - {None}:
            times.setdefault(str(url), []).append(record.retrieved_at)
    return tuple((url, min(at), max(at)) for url, at in sorted(times.items()))


def _table_cells(parts: pa.Table) -> tuple[list[int], list[int], dict[int, str]]:
    """Return for each row of parts its number of table cells, how many of them do not add up, and the reader of its first one."""
    import numpy as np
    import pyarrow.compute as pc

    column = parts["observations"].combine_chunks()
    flat = pc.list_flatten(column)
    printed = pc.equal(pc.struct_field(flat, "source"), "table")
    parent = pc.list_parent_indices(column).filter(printed).to_numpy()
    counts = np.bincount(parent, minlength=parts.num_rows)
    wrong = pc.equal(pc.struct_field(flat, "consistency").filter(printed), "broken").to_numpy(zero_copy_only=False)
    broken = np.bincount(parent[wrong], minlength=parts.num_rows)
    rows, places = np.unique(parent, return_index=True)
    readers = pc.struct_field(flat, "reader").filter(printed).take(places)
    return counts.tolist(), broken.tolist(), dict(zip(rows.tolist(), readers.to_pylist(), strict=True))


def _rank(media_type: str, reader: str) -> int:
    if media_type.startswith("image/") or "ocr" in reader.lower():
        return 2
    return 1 if media_type in ("application/pdf", "application/ofd") else 0
