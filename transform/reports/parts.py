"""Parts: batches of ReportReadings as Parquet files, from which a release is assembled.

One row of a part is one ReportReading, nested as the dataclass is, so that what is written comes back equal. The one
thing to know: a part does not depend on the order in which its documents were read, and no part is changed once written.
"""

from __future__ import annotations

import hashlib
import re
import types
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache, partial
from itertools import accumulate, chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from extract.errors import ReleaseError
from extract.record import Record
from transform.observation import ReportIdentity, ReportReading

if TYPE_CHECKING:
    import pyarrow as pa

_COUNTER = re.compile(r"(?:浏览|点击|阅读|访问|字号|今天是|当前时间)[^\n。]{0,12}?\d[\d\s:年月日-]*次?")


def packed(readings: Iterable[ReportReading]) -> bytes:
    """Return readings as rows of a part, to be handed from process to process; all those of a document come together."""
    return to_table(readings).combine_chunks().to_batches()[0].serialize().to_pybytes()


def write_rows(path: Path, rows: Iterable[bytes], wanted: Collection[str] | None = None) -> None:
    """Write ``packed`` rows as one part, whole or not at all; with ``wanted``, those of some documents only.

    The same readings in any order give the same bytes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Rows are put in order as slices of what came: nested rows moved by Arrow cost as much as writing them.
    each: list[tuple[str, int, pa.RecordBatch]] = []
    for one in rows:
        batch = pa.ipc.read_record_batch(pa.py_buffer(one), _schema())
        keys = zip(batch["document_id"].to_pylist(), batch["ordinal"].to_pylist(), strict=True)
        each += [
            (document, ordinal, batch.slice(n, 1))
            for n, (document, ordinal) in enumerate(keys)
            if wanted is None or document in wanted
        ]
    each.sort(key=lambda row: row[:2])
    table = pa.Table.from_batches([row for _, _, row in each], _schema())
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.combine_chunks(), aside, compression="zstd", compression_level=3)
    aside.replace(path)


def load_parts(paths: Iterable[Path] | Mapping[Path, Collection[str]]) -> pa.Table:
    """Return several parts as one table, one row per ReportReading, sorted by document_id and ordinal.

    A mapping says which documents of each part are wanted: a part may hold others that were read again since. A document
    that stands in two parts with the same result counts once.

    Raises:
        ReleaseError: a part cannot be read, or two parts hold the same document with different results.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    tables = [_schema().empty_table()]
    for path in sorted(paths):
        try:
            # read one by one: a part of an older shape must name itself
            table = pq.read_table(path, partitioning=None).cast(_schema())
            if isinstance(paths, Mapping):
                table = table.filter(pc.is_in(table["document_id"], pa.array(sorted(paths[path]), pa.string())))
            tables.append(table)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ReleaseError(f"part {path.name}: {error}; delete it and build again") from error
    return each_once(pa.concat_tables(tables))


def to_table(readings: Iterable[ReportReading]) -> pa.Table:
    """Return readings as the table that parts hold."""
    import pyarrow as pa

    by_document: dict[str, list[ReportReading]] = {}
    for reading in readings:
        by_document.setdefault(reading.document_id, []).append(reading)
    ordinals: list[int] = []
    ordered: list[ReportReading] = []
    for document_id in sorted(by_document):
        held = by_document[document_id]
        ordered += sorted(held, key=_place) if len(held) > 1 else held
        ordinals += range(1, len(held) + 1)
    contents = [table_content(reading) for reading in ordered]
    own = [ordinals, [c for c, _ in contents], [t for _, t in contents], [narrative_content(r) for r in ordered]]
    columns = [pa.array(values, field.type) for field, values in zip(_schema(), own, strict=False)]
    columns += [_encoder(hint)([getattr(r, name) for r in ordered]) for name, hint in _hints(ReportReading)]
    return pa.Table.from_arrays(columns, schema=_schema())


def from_table(table: pa.Table) -> list[ReportReading]:
    """Return the readings of a table of parts."""
    names = [f.name for f in fields(ReportReading)]
    return [_build(ReportReading, row) for row in table.select(names).to_pylist()]


def unreadable_reading(record: Record, reason: str, identity: ReportIdentity | None = None) -> ReportReading:
    """Return the row for a document of which nothing could be read.

    What the list page says of it stands in for its identity; ``record`` must be of an attempt that brought bytes.
    """
    if record.document_id is None:
        raise ValueError(f"{record.url}: an attempt without a response gives no document")
    told = identity or ReportIdentity(
        unit_id=None,
        jurisdiction_code=None,
        jurisdiction=None,
        publisher=None,
        subject_kind="unknown",
        subject_evidence=None,
        scope="unknown",
        scope_evidence=None,
        year=record.link_year,
        title=record.link_title,
        published_on=record.link_published_on,
        synthetic=record.synthetic,
    )
    return ReportReading(
        document_id=record.document_id,
        media_type=record.media_type or "application/octet-stream",
        size=record.size or 0,
        pages=None,
        identity=told,
        form=None,
        status="unreadable",
        reason=reason,
        observations=(),
        checks=(),
        leftovers=(),
        sections=(),
    )


def table_content(reading: ReportReading) -> tuple[str, int]:
    """Return a hash of the printed figures and how many of them are telling (not zero): two documents with the same
    hash and enough telling figures hold the same report's tables."""
    figures = sorted(
        (o.indicator, o.applicant or "", o.occurrence, repr(o.value), o.status)
        for o in reading.observations
        if o.source == "table" and o.status == "reported"
    )
    telling = sum(1 for o in reading.observations if o.source == "table" and o.value)
    return hashlib.sha256(repr(figures).encode()).hexdigest(), telling


def narrative_content(reading: ReportReading) -> str | None:
    """Return a hash of the narrative's six sections without page counters and white space; None without sections."""
    text = "\n".join(f"{s.section}{s.title}\n{s.text}" for s in reading.sections if s.section > 0)
    plain = re.sub(r"\s+", "", _COUNTER.sub("", text))
    return hashlib.sha256(plain.encode()).hexdigest() if plain else None


def _place(reading: ReportReading) -> tuple[Any, ...]:
    # Reports of one document are numbered as they stand in it, whatever order they were handed over in.
    places = [[int(p) if p.isdigit() else -1 for p in re.findall(r"\d+|\D+", o.locator)] for o in reading.observations]
    identity = reading.identity
    return (
        min(places, default=[]),
        identity.publisher or "",
        identity.year or 0,
        identity.title or "",
        table_content(reading)[0],
        narrative_content(reading) or "",
        reading.status,
    )


def each_once(table: pa.Table) -> pa.Table:
    """Return the rows of several parts sorted by document_id and ordinal, a document that stands in two once.

    Raises:
        ReleaseError: two parts hold the same document with different results.
    """
    import pyarrow.compute as pc

    order = pc.sort_indices(table, sort_keys=[("document_id", "ascending"), ("ordinal", "ascending")])
    table = table.take(order)
    keys = list(zip(table["document_id"].to_pylist(), table["ordinal"].to_pylist(), strict=True))
    keep = [n for n, key in enumerate(keys) if n == 0 or key != keys[n - 1]]
    if len(keep) == len(keys):
        return table
    kept = set(keep)
    for n in range(len(keys)):
        if n not in kept and table.slice(n, 1).to_pylist() != table.slice(n - 1, 1).to_pylist():
            raise ReleaseError(
                f"document {keys[n][0]} stands in two parts with different results; delete the older part and build again"
            )
    return table.take(keep)


@lru_cache(maxsize=1)
def _schema() -> pa.Schema:
    import pyarrow as pa

    own = [
        pa.field("ordinal", pa.int64()),
        pa.field("content", pa.string()),
        pa.field("telling", pa.int64()),
        pa.field("narrative", pa.string()),
    ]
    return pa.schema(own + list(_arrow_type(ReportReading)))


@lru_cache(maxsize=64)
def _arrow_type(kind: Any) -> Any:
    import pyarrow as pa

    if isinstance(kind, type) and is_dataclass(kind):
        return pa.struct([pa.field(name, _arrow_type(hint)) for name, hint in _hints(kind)])
    if get_origin(kind) is tuple:
        return pa.list_(_arrow_type(get_args(kind)[0]))
    if get_origin(kind) in (Union, types.UnionType):
        return _arrow_type(next(a for a in get_args(kind) if a is not type(None)))
    return {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}[kind]


@lru_cache(maxsize=16)
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((f.name, hints[f.name]) for f in fields(kind))


@lru_cache(maxsize=64)
def _encoder(kind: Any) -> Callable[[Sequence[Any]], pa.Array]:
    """Return what makes an Arrow array of values of one type of the dataclasses, a column at a time and no row as a dictionary."""
    import pyarrow as pa

    arrow = _arrow_type(kind)
    if pa.types.is_struct(arrow):
        fields_of = list(arrow)
        columns = [(attrgetter(name), _encoder(hint)) for name, hint in _hints(kind)]
        return lambda values: pa.StructArray.from_arrays(
            [encode([*map(get, values)]) for get, encode in columns], fields=fields_of
        )
    if pa.types.is_list(arrow):
        encode_each = _encoder(get_args(kind)[0])

        def encode_lists(values: Sequence[Any]) -> pa.Array:
            ends = pa.array(accumulate(map(len, values), initial=0), pa.int32())
            return pa.ListArray.from_arrays(ends, encode_each([*chain(*values)]), type=arrow)

        return encode_lists
    return partial(pa.array, type=arrow)


def _build(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: _build(hint, value[name]) for name, hint in _hints(kind)})
    if get_origin(kind) is tuple:
        return tuple(_build(get_args(kind)[0], v) for v in value)
    if get_origin(kind) in (Union, types.UnionType):
        return _build(next(a for a in get_args(kind) if a is not type(None)), value)
    return value
