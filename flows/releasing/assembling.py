"""From parts and archive to the Parquet files of a release, a shard of documents at a time, on every core.

First what can be told of a shard alone (``transform/versions/shards.py``), then what looks across shards: panel_2024 over the years
of all, coverage, a year's checks over several reports. Each job writes sorted pieces (``publish/checking/pieces.py``), which are merged
at the end. The one thing to know: how the documents fall into shards changes no byte of the release, and memory depends on
the size of a shard, hardly on that of the corpus.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import ReleaseError
from extract.workers import TaskFailure, WorkerPool
from flows.releasing.left_out import INVENTED, LeftOut, at_fault, invented_documents, named
from flows.releasing.sharding import Origin, Shard, units_of, write_shards
from publish.checking.pieces import drop_empty, merge_place, places_of, read_piece, write_pieces
from publish.checking.validate import Problem
from transform.reports.parts import each_once, load_parts
from transform.versions.shards import DOCUMENTS

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("gongkai.assembling")
#: Worker processes, one a core. A shard takes some seconds; the limits only stop what has gone wrong.
WORKERS = os.cpu_count() or 1
_SECONDS, _MEGABYTES = 3_600.0, 4_096
#: Checks over several reports that a piece holds: with their lists of terms some 100 MB while they are written.
_ROWS = 10_000
#: Characters of the reason why a document is left out.
_REASON = 500
#: Tables that a shard gives whole, merged before what looks across shards is worked out from them.
_OF_SHARDS = (
    "observations",
    "leftovers",
    "reports",
    "attributions",
    "documents",
    "report_documents",
    "sections",
    "revisions",
    "publishers",
    "panel",
    "hand_readings",
)


_Run = Callable[[Iterable[tuple[str, Any]]], Iterator[tuple[int, Any]]]


@dataclass(frozen=True)
class _Job:
    """A shard, a year or a file to merge: where pieces lie, what its own are called, and what it needs beyond."""

    folder: Path
    version: str
    piece: str
    origin: Origin | None = None
    shard: Shard | None = None
    directory: Path | None = None
    year: int | None = None
    spans: Mapping[bool, range] | None = None
    place: Path | None = None
    size: int = DOCUMENTS


@dataclass(frozen=True)
class _Made:
    """What is wrong with the pieces of a job; the shards made; the years of its panel, of real and of invented reports (first and
    last), and those of all its reports."""

    problems: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...] = ()
    years: Mapping[bool, tuple[int, int]] = field(default_factory=dict)
    report_years: frozenset[int] = frozenset()
    shards: tuple[Shard, ...] = ()


def write_release_tables(
    origin: Origin,
    directory: Path,
    version: str,
    *,
    size: int = DOCUMENTS,
    workers: int = WORKERS,
    left_out: list[LeftOut] | None = None,
) -> list[Problem]:
    """Write every table of a release but ``changes`` and ``audit`` into its directory; return what is wrong with them.

    ``size`` is the number of documents of a shard; so few are assembled in this process. ``left_out`` takes the documents that
    no release can hold, and without which it is made.

    Raises:
        ReleaseError: a part cannot be read, or a job failed.
    """
    folder = directory.with_name(f"{directory.name}.pieces")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    number = 0 if workers == 1 or origin.count() <= size else workers
    try:
        with _processes(min(number, 1)) as run:
            (prepared,) = _results(run, "prepare_job", [_Job(folder, version, "all", origin, size=size)])
        problems = list(prepared.problems)
        left_out = [] if left_out is None else left_out
        left_out += prepared.left_out
        jobs = [_Job(folder, version, f"b{n:05d}", shard=shard) for n, shard in enumerate(prepared.shards)]
        with _processes(number) as run:
            made = _results(run, "assemble_shard_job", jobs)
            left_out += sorted(one for shard in made for one in shard.left_out)
            spans = _spans(made)
            problems += [p for one in made for p in one.problems]
            if problems:
                return problems
            derived = [_Job(folder, version, job.piece, spans=spans) for job in jobs]
            problems += [p for one in _results(run, "derive_job", derived) for p in one.problems]
            problems += _merged(run, folder, directory, version, _OF_SHARDS)
        with _processes(number) as run:
            years = sorted({year for one in made for year in one.report_years})
            across = [_Job(folder, version, f"y{year}", directory=directory, year=year) for year in years]
            across.insert(0, _Job(folder, version, "coverage", origin, directory=directory))
            problems += [p for one in _results(run, "across_job", across) for p in one.problems]
            return problems or _merged(run, folder, directory, version)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _processes(number: int) -> Iterator[_Run]:
    """Give what runs jobs in so many processes, which end with all that they hold; in this one where the number is 0."""
    if number == 0:
        yield _run_here
        return
    with WorkerPool(number, _SECONDS, _MEGABYTES) as pool:
        yield pool.run


def _uncollected(work: Callable[[_Job], _Made]) -> Callable[[_Job], _Made]:
    """Do a job without looking for cycles: it makes millions of objects, and none that counting references does not free."""

    @wraps(work)
    def doing(job: _Job) -> _Made:
        gc.disable()
        try:
            return work(job)
        finally:
            gc.enable()

    return doing


def prepare_job(job: _Job) -> _Made:
    """Write the units, and all that a release is made of in shards."""
    assert job.origin is not None
    parts, kinds, invented = job.origin.parts(), job.origin.synthetic(), set[str]()
    if not job.origin.is_of_sample():
        invented, kinds = invented_documents(parts), {False}
        parts = {path: documents - invented for path, documents in parts.items()}
        if invented and not any(parts.values()):
            raise ReleaseError(f"no document can be released: {INVENTED}")
    units = units_of({path: documents for path, documents in parts.items() if documents}, kinds)
    problems = write_pieces(job.folder, job.piece, job.version, {"units": _table(units)}, {}) if units else []
    del units
    shards = write_shards(job.origin, parts, job.folder / "shards", size=job.size, without=invented)
    left_out = named(dict.fromkeys(invented, INVENTED), job.origin.records())
    return _Made(tuple(problems), tuple(left_out), shards=tuple(shards))


@_uncollected
def assemble_shard_job(job: _Job) -> _Made:
    """Assemble one shard into pieces; where that cannot be, find the documents at fault, and assemble it without them."""
    assert job.shard is not None
    try:
        made = _assemble(job)
        if not made.problems:
            return made
        first: Exception | None = None
    except Exception as error:
        made, first = _Made(()), error
    left = at_fault(_documents_of(job.shard), lambda documents: _why_not(job, documents))
    if not left:
        if first is not None:
            raise first
        return made
    log.error("assembling %s: without %s", job.piece, ", ".join(f"{one[:12]} ({why})" for one, why in left.items()))
    records, _ = job.shard.records_and_readings()
    return replace(_assemble(job, without=left), left_out=tuple(named(left, records)))


def _documents_of(shard: Shard) -> list[str]:
    documents = {str(record.document_id) for record in shard.records_and_readings()[0]}
    return sorted(documents.union(_rows(shard.rows)["document_id"].to_pylist()))


def _why_not(job: _Job, documents: Sequence[str]) -> str | None:
    """Say why some documents of a shard cannot be released together; None where they can. What is written on trial goes again."""
    assert job.shard is not None
    without = frozenset(_documents_of(job.shard)) - frozenset(documents)
    trial = job.folder / f".trial-{job.piece}"
    try:
        problems = _assemble(job, without=without, folder=trial).problems
        return str(problems[0])[:_REASON] if problems else None
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:_REASON]
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _assemble(job: _Job, *, without: Collection[str] = (), folder: Path | None = None) -> _Made:
    """Write the pieces of a shard but for some documents, into the job's folder or on trial into another."""
    from transform.tables.assemble import assemble_shard
    from transform.versions.decisions import decision_rows, decisions_of
    from transform.versions.hand_readings import apply_readings

    assert job.shard is not None
    records, readings = job.shard.records_and_readings()
    records = [record for record in records if record.document_id not in without]
    readings = [reading for reading in readings if reading.document_id not in without]
    decisions, of_cells = decisions_of(readings)
    parts, by_hand = apply_readings(each_once(_rows(job.shard.rows, without)), of_cells)
    tables = assemble_shard(parts, records, decisions)
    del parts
    if by_hand := [*by_hand, *decision_rows(readings)]:
        tables["hand_readings"] = _table(_sorted_by_place(by_hand))
    problems = _write(replace(job, folder=folder or job.folder), tables, _units(job.folder))
    years: dict[bool, tuple[int, int]] = {}
    for row in tables["panel"].select(["year", "synthetic"]).to_pylist() if tables["panel"].num_rows else ():
        first, last = years.get(row["synthetic"], (row["year"], row["year"]))
        years[row["synthetic"]] = min(first, row["year"]), max(last, row["year"])
    if folder is None and not problems:
        for path in (*job.shard.rows, job.shard.beside):
            path.unlink(missing_ok=True)
    reports = tables["reports"]["year"].to_pylist() if tables["reports"].num_rows else ()
    return _Made(tuple(problems), years=years, report_years=frozenset(year for year in reports if year is not None))


@_uncollected
def derive_job(job: _Job) -> _Made:
    """Work out panel_2024 and the indicators of one shard."""
    from transform.panel.indicators import ratios_of
    from transform.panel.panel_2024 import panel_2024_of

    panel, reports = (read_piece(job.folder, name, job.piece) for name in ("panel", "reports"))
    assert panel is not None and reports is not None
    territories = panel_2024_of(panel, job.spans)
    tables = {"panel_2024": territories, "indicators": ratios_of(panel), "indicators_2024": ratios_of(territories)}
    return _Made(tuple(_write(job, tables, {**_units(job.folder), "reports": reports})))


@_uncollected
def across_job(job: _Job) -> _Made:
    """Work out coverage, or the checks over several reports of one year."""
    return _Made(tuple(_coverage(job) if job.year is None else _checks_of_year(job, job.year)))


def merge_job(job: _Job) -> _Made:
    """Merge the pieces of one file of the release."""
    assert job.directory is not None and job.place is not None
    return _Made(tuple(merge_place(job.piece, job.place, job.folder, job.directory, job.version)))


def drop_empty_job(job: _Job) -> _Made:
    """Delete the files without rows that merging leaves."""
    assert job.directory is not None
    drop_empty(job.directory)
    return _Made(())


def _coverage(job: _Job) -> list[Problem]:
    import pyarrow.parquet as pq

    from transform.panel.indicators import on_time_rows
    from transform.tables.coverage import coverage_rows

    assert job.directory is not None and job.origin is not None
    columns = ["report_id", "unit_id", "year", "subject_kind", "subject_evidence", "attribution"]
    columns += ["unit_evidence", "year_evidence", "status", "reason", "published_on"]
    reports = pq.read_table(job.directory / "reports.parquet", columns=columns, partitioning=None).to_pylist()
    of_sample = job.origin.is_of_sample()
    rows = coverage_rows((one for one in job.origin.records() if of_sample or not one.synthetic), reports)
    tables = {"coverage": _table(rows), "indicators": _table(on_time_rows(rows))}
    return _write(job, tables, _units(job.folder))


def _checks_of_year(job: _Job, year: int) -> list[Problem]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from publish.files.of_reports import ObservationFiles, current_figures
    from transform.across_reports.across import REPORT, across_checks_of_year, indicators_compared
    from transform.panel.cells import COLUMNS

    assert job.directory is not None
    files = [
        path
        for y in (year - 1, year)
        if (path := job.directory / "observations" / f"observations-{y}.parquet").is_file()
    ]
    if not files:
        return []
    years = [("year", "in", [year - 1, year])]
    reports = pq.read_table(job.directory / "reports.parquet", columns=[*REPORT], filters=years, partitioning=None)
    ids = pc.unique(reports["report_id"])
    links = pq.read_table(
        job.directory / "report_documents.parquet", filters=pc.field("report_id").isin(ids), partitioning=None
    )
    observations = ObservationFiles(
        files, [*COLUMNS, "year", "source", "is_current"], current_figures(indicators_compared())
    )
    problems: list[Problem] = []
    number = 0
    for block in across_checks_of_year(year, reports.to_pylist(), links, observations.of):
        beside = {"reports": reports, "documents": links.select(["document_id"]), "observations": block.observations}
        while some := list(islice(block.rows, _ROWS)):
            problems += _write(replace(job, piece=f"{job.piece}-{number:05d}"), {"checks": _table(some)}, beside)
            number += 1
    return problems


def _write(job: _Job, tables: Mapping[str, pa.Table], beside: Mapping[str, pa.Table]) -> list[Problem]:
    return write_pieces(job.folder, job.piece, job.version, tables, beside)


def _rows(files: Iterable[Path], without: Collection[str] = ()) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pa.concat_tables([load_parts([]), *(pa.ipc.open_file(path).read_all() for path in files)])
    if not without:
        return rows
    return rows.filter(pc.invert(pc.is_in(rows["document_id"], pa.array(list(without), pa.string()))))


def _spans(made: Iterable[_Made]) -> dict[bool, range]:
    found: dict[bool, list[int]] = {}
    for one in made:
        for synthetic, years in one.years.items():
            found.setdefault(synthetic, []).extend(years)
    return {synthetic: range(min(years), max(years) + 1) for synthetic, years in found.items()}


@lru_cache(maxsize=2)
def _units(folder: Path) -> dict[str, pa.Table]:
    units = read_piece(folder, "units", "all")
    return {} if units is None else {"units": units}


def _sorted_by_place(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda r: (r["document_id"], r["locator"], r["indicator"], r["applicant"] or ""))


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows)


def _results(run: _Run, function: str, jobs: Sequence[_Job]) -> list[_Made]:
    results: dict[int, _Made] = {}
    for index, made in run((f"flows.releasing.assembling:{function}", job) for job in jobs):
        if isinstance(made, TaskFailure):
            log.error("assembling %s: %s\n%s", jobs[index].piece, made.reason, made.trace)
            raise ReleaseError(f"assembling {jobs[index].piece}: {made.reason}")
        results[index] = made
    return [results[index] for index in sorted(results)]


def _merged(
    run: _Run, folder: Path, directory: Path, version: str, names: Collection[str] | None = None
) -> list[Problem]:
    jobs = [_Job(folder, version, name, directory=directory, place=place) for name, place in places_of(folder, names)]
    problems = [p for one in _results(run, "merge_job", jobs) for p in one.problems]
    _results(run, "drop_empty_job", [_Job(folder, version, "empty", directory=directory)])
    return problems


def _run_here(tasks: Iterable[tuple[str, Any]]) -> Iterator[tuple[int, Any]]:
    """Run jobs in this process, as a pool of workers does."""
    for index, (path, job) in enumerate(tasks):
        yield index, globals()[path.partition(":")[2]](job)
