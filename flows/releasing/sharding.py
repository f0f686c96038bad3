"""What a release is made of, sorted into shards on disk: rows of parts, Records, readings by hand.

Comes in: the home (``Origin``). Goes out: files for each shard (``transform/versions/shards.py``), which ``flows/releasing/assembling.py`` assembles one by
one. The one thing to know: this alone holds something of every document at a time, some 1 kB each, and does so before anything
else of a release takes memory.
"""

from __future__ import annotations

import csv
import pickle
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.archiving.archive import READABLE, Archive
from extract.record import Record
from flows.home.home import Home, is_of_sample
from flows.releasing.release_inputs import parts_to_release
from transform.reports.parts import load_parts
from transform.versions.decisions import decisions_of, units_decided, units_told
from transform.versions.hand_readings import HandReading, load_readings
from transform.versions.shards import DOCUMENTS, shards_of

if TYPE_CHECKING:
    import pyarrow as pa

#: Documents whose rows wait in memory until they are written to their shards.
_WAITING = 2_000
#: Records that are in memory until they are written to their shards.
_TOLD = 20_000
#: Files of shards that are open at a time; a system allows some 1,000 to a process.
_OPEN = 200


@dataclass(frozen=True)
class Origin:
    """What a release is made of: the archive of a home, and what people read by hand, up to the end of the day ``as_of``."""

    home: Home
    as_of: str | None = None

    def records(self) -> Iterator[Record]:
        """Yield the Records of all attempts, sorted by time and address."""
        with Archive(self.home.archive) as archive:
            for record in archive.each_record():
                if self.as_of is None or record.retrieved_at[:10] <= self.as_of:
                    yield record

    def is_empty(self) -> bool:
        """Tell whether no attempt brought a document."""
        return not any(map(_brought_document, self.records()))

    def count(self) -> int:
        """Return how many documents the archive holds, of any day."""
        with Archive(self.home.archive) as archive:
            return archive.index.documents()

    def synthetic(self) -> set[bool]:
        """Tell whether Records are of the invented province, of real ones, or of both."""
        with Archive(self.home.archive) as archive:
            return archive.index.synthetic(self.as_of)

    def is_of_sample(self) -> bool:
        """Tell whether the archive is that of the sample run, which alone may release reports of the invented province."""
        with Archive(self.home.archive) as archive:
            return bool(is_of_sample(archive))

    def parts(self) -> dict[Path, set[str]]:
        """Return the parts that hold the documents, and which of them each holds."""
        return parts_to_release(self.home, self.documents())

    def documents(self) -> set[str]:
        """Return the documents that the archive holds to be read."""
        return {str(r.document_id) for r in self.records() if _brought_document(r)}

    def readings(self) -> list[HandReading]:
        """Return what people read by hand."""
        return load_readings(self.home.readings, self.as_of)


@dataclass(frozen=True)
class Shard:
    """A shard's rows of parts (Arrow files), and a file of its Records and readings by hand, which may not be there."""

    rows: tuple[Path, ...]
    beside: Path

    def records_and_readings(self) -> tuple[list[Record], list[HandReading]]:
        """Return what lies beside the rows, in the order of the archive and of the file of readings."""
        told: list[Record | HandReading] = []
        if self.beside.is_file():
            with self.beside.open("rb") as file:
                while file.peek(1):
                    told += pickle.load(file)  # written a moment ago by this run, into its own folder
        return [one for one in told if isinstance(one, Record)], [one for one in told if isinstance(one, HandReading)]


def write_shards(
    origin: Origin,
    parts: Mapping[Path, Collection[str]],
    folder: Path,
    *,
    size: int = DOCUMENTS,
    without: Collection[str] = (),
) -> list[Shard]:
    """Sort rows of parts, Records and readings by hand into shards of ``size`` documents; at least one, which may be empty.

    What belongs to no document of the parts goes to the first, but for what is told of documents that are left out (``without``).
    """
    # A process that was killed over this may have left half of it.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    decided = [*units_decided(decisions_of(origin.readings())[0]), *units_told(origin.records())]
    shards = shards_of(parts, _addresses(origin.records()), decided, size=size) or [[]]
    shard_of = {document: number for number, documents in enumerate(shards) for document in documents}
    number = len(shards)
    del shards
    beside = [folder / f"{n:05d}.pickle" for n in range(number)]
    about = (
        (record.document_id, record)
        for record in origin.records()
        if record.document_id is not None and record.document_id not in without
    )
    told: Iterator[tuple[str, Record | HandReading]] = chain(
        about,
        ((reading.document_id, reading) for reading in origin.readings() if reading.document_id not in without),
    )
    while some := list(islice(told, _TOLD)):
        of_shard: dict[int, list[Record | HandReading]] = {}
        for document, one in some:
            of_shard.setdefault(shard_of.get(document, 0), []).append(one)
        for n, held in of_shard.items():
            with beside[n].open("ab") as file:
                pickle.dump(held, file)
    rows = _split(parts, shard_of, folder, number)
    return [Shard(tuple(found), path) for found, path in zip(rows, beside, strict=True)]


def unit_rows() -> list[dict[str, Any]]:
    """Return the rows of units.csv and those of the invented province; assemble takes what the records need."""
    from transform.places.jurisdictions import SYNTHETIC_FILE, UNITS_FILE
    from transform.places.unit_rows import COLUMNS, build_units

    with UNITS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if SYNTHETIC_FILE.exists():
        with SYNTHETIC_FILE.open(encoding="utf-8", newline="") as file:
            rows += [
                dict(zip(COLUMNS, [row[c] for c in COLUMNS], strict=True))
                for row in build_units(list(csv.DictReader(file)), [])
            ]
    return [dict(row) for row in rows]


def units_of(parts: Iterable[Path], synthetic: Collection[bool]) -> list[dict[str, Any]]:
    """Return the rows of units that a release holds: of real reports, of invented ones, or both, as its Records and parts are."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from transform.tables.assemble import unit_rows_of

    kinds = set(synthetic)
    for path in parts:
        found = pq.ParquetFile(path).read(columns=["identity.synthetic"])["identity"]
        kinds |= set(pc.unique(pc.struct_field(found, "synthetic")).to_pylist())
    return unit_rows_of(unit_rows(), kinds)


def _brought_document(record: Record) -> bool:
    return record.outcome == "ok" and record.kind in READABLE and record.document_id is not None


def _split(
    parts: Mapping[Path, Collection[str]], shard_of: Mapping[str, int], folder: Path, shards: int
) -> list[list[Path]]:
    """Write the rows of parts shard by shard; return the files of each. Some files are open, and some thousand rows wait."""
    import pyarrow as pa

    files: list[list[Path]] = [[] for _ in range(shards)]
    writers: dict[int, pa.RecordBatchFileWriter] = {}
    waiting: list[pa.Table] = []

    def writer_of(number: int, schema: pa.Schema) -> pa.RecordBatchFileWriter:
        if number in writers:
            writers[number] = writers.pop(number)
            return writers[number]
        if len(writers) == _OPEN:
            writers.pop(next(iter(writers))).close()
        # A shard whose file was closed goes on in another.
        files[number].append(folder / f"{number:05d}-{len(files[number])}.arrow")
        writers[number] = pa.ipc.new_file(files[number][-1], schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
        return writers[number]

    def write() -> None:
        whole = pa.concat_tables(waiting) if waiting else load_parts([])
        waiting.clear()
        places: dict[int, list[int]] = {}
        for place, document in enumerate(whole["document_id"].to_pylist()):
            places.setdefault(shard_of[document], []).append(place)
        for number, found in sorted(places.items()):
            writer_of(number, whole.schema).write_table(whole.take(found))

    try:
        for path, documents in sorted(parts.items()):
            waiting.append(load_parts({path: documents}))
            if sum(table.num_rows for table in waiting) >= _WAITING:
                write()
        write()
    finally:
        for writer in writers.values():
            writer.close()
    return files


def _addresses(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    for record in records:
        if record.document_id is not None:
            for address in {record.url, record.requested_url, record.parent_url} - {None}:
                yield record.document_id, str(address)
