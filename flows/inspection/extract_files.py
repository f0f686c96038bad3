"""Local documents to ReportReadings, and ReportReadings to a file of rows; for ``gongkai extract``.

Every document is read with the limits of time and memory that hold for a whole archive, so that a bomb costs one line of the
result. One alone is read in a copy of this process, which is quickest; several in worker processes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from extract.errors import UsageError
from extract.forked import can_fork, in_fork
from extract.record import Record
from extract.workers import TaskFailure
from flows.reading.read import (
    MEGABYTES,
    SECONDS,
    LoadedItem,
    Result,
    Source,
    books,
    read_item,
    read_items,
    reading_pool,
)
from flows.terminal.output import format_of, progress, written
from flows.terminal.rows import OBSERVATION_COLUMNS, as_object, observation_rows
from transform.observation import Hints, ReportReading
from transform.reports.parts import unreadable_reading

Readings = list[tuple[str, ReportReading]]


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield files, and the files of folders, in order.

    Raises:
        UsageError: a path does not exist, or a folder holds no file.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            if not inside:
                raise UsageError(f"{path}: the folder holds no file")
            yield from inside
        elif path.exists():
            yield path
        else:
            raise UsageError(f"{path}: no such file or folder")


def read_files(files: Sequence[Path], hints: Hints) -> Readings:
    """Return what each file says, in the files' order; every file gives at least one ReportReading."""
    results: dict[int, Result] = {}
    if len(files) == 1 and can_fork():
        result = in_fork(read_item, _loaded(files[0], hints), SECONDS, MEGABYTES)
        results[0] = result.reason if isinstance(result, TaskFailure) else result
    else:
        with reading_pool(min(os.cpu_count() or 1, len(files))) as pool:
            together = books(str(path) for path in files)
            reading = read_items(pool, (_loaded(path, hints, together.get(str(path), ())) for path in files))
            results.update(progress(reading, len(files), "document"))
    readings: Readings = []
    for index, path in enumerate(files):
        result = results[index]
        found = [_unreadable(path.read_bytes(), str(path), result)] if isinstance(result, str) else result
        readings += [(str(path), reading) for reading in found]
    return readings


def write_readings(readings: Readings, output: Path | None) -> None:
    """Write readings in the format that ``output`` ends in, whole or not at all; print a table without one."""
    if output is None:
        from flows.terminal.show import show

        print(show(readings))
        return
    kind = format_of(output)
    with written(output) as aside:
        if kind == ".json":
            aside.write_text(json.dumps(as_object(readings), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        elif kind == ".csv":
            aside.write_text(_csv(readings), encoding="utf-8", newline="")
        else:
            _write_parquet(readings, aside)


def _loaded(path: Path, hints: Hints, book: Sequence[str] = ()) -> LoadedItem:
    try:
        pages = tuple(Source(Path(page).read_bytes()) for page in (book or (path,)))
        return LoadedItem(pages, hints, path.name, book.index(str(path)) if book else 0)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _unreadable(data: bytes, name: str, reason: str) -> ReportReading:
    """Return the ReportReading of a file that could not be read."""
    from extract.documents.shared.sniff import MEDIA_TYPES, sniff

    document_id = hashlib.sha256(data).hexdigest()
    media_type = MEDIA_TYPES.get(sniff(data), "application/octet-stream")
    record = Record(name, "", "ok", "import", media_type=media_type, document_id=document_id, size=len(data))
    return unreadable_reading(record, reason)


def _csv(readings: Readings) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, OBSERVATION_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for _, reading in readings for row in observation_rows(reading))
    return text.getvalue()


def _write_parquet(readings: Readings, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from publish.schema.schemas import arrow_schema, load_schemas

    schema = arrow_schema(load_schemas()["observations"])
    schema = pa.schema([field.with_nullable(True) for field in schema], metadata=schema.metadata)
    rows = [dict(row) for _, reading in readings for row in observation_rows(reading)]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd", compression_level=3)
