"""The benchmarks of docs/benchmarks.md: ``python -m tests.bench --folder DIR [--reports N] [--write] [PART…]``.

Every figure comes from a command or function that users run, over a synthetic archive of the invented province
(tests/national.py). Parts: ``formats``, ``mixed``, ``workers``, ``again`` (a label changed, a reader changed, nothing changed),
``national`` (archive to release, memory against size, nothing changed, queries, sizes). What a part measured is kept in DIR/bench.json; ``--write`` makes docs/benchmarks.md of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import lxml.html
import psutil

from publish.compare.latest import latest_release
from publish.files.release_files import rows_by_table
from tests.whole_line import write_part

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
#: The mixed run: what share of its reports has the tables in a PDF or a DOCX that hangs on the page.
MIXED, PDF, DOCX = 1_000, 0.10, 0.10
#: What a run makes of an archive.
_MADE = ("documents", "parts", "ledger.sqlite", "releases", "prefect")
#: Sizes at which the release's memory is compared, up to the number of reports told.
SIZES = (2_000, 10_000)


@dataclass(frozen=True)
class Figure:
    """One measured figure: in which part of the page it stands, what was measured, how much, in which unit."""

    part: str
    what: str
    value: float
    unit: str


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds on the clock, processor seconds and the highest memory of all its processes together.

    Processor seconds are those of every process as it was last seen, half a second before its end at the most: the system's own
    account of children leaves out those of a process that ended without waiting for them.
    """

    seconds: float
    processor: float
    megabytes: float
    output: str


# -- formats: one document after the other, by stage


def formats(folder: Path, reports: int) -> Iterator[Figure]:
    """Documents of each format through each stage in one process, a document at a time."""
    from extract.archiving.archive import Archive
    from extract.documents.read_document import read_document
    from flows.home.home import Home
    from flows.todo.items import each_item
    from transform.reports.parts import packed, write_rows
    from transform.reports.read_report import read_report

    for kind, shares, number in (("HTML", {}, 200), ("DOCX", {"docx": 1.0}, 100), ("PDF", {"pdf": 1.0}, 30)):
        home = Home(_archive(folder, number, f"formats-{kind.lower()}", **shares))
        with Archive(home.archive) as archive:
            found = [work for work in each_item(archive) if _is(kind, work.records[0].media_type or "")]
            for work in found[:3]:  # loads modules, fills caches
                few = read_report(read_document(archive.payload(work.data.document_id), name=work.name), work.hints)
                write_part(folder / "bench-part.parquet", few)
            spent, rows = [0.0, 0.0, 0.0, 0.0], []
            for work in found:
                times = [time.process_time()]
                data = archive.payload(work.data.document_id)
                times.append(time.process_time())
                document = read_document(data, name=work.name)
                times.append(time.process_time())
                readings = read_report(document, work.hints)
                times.append(time.process_time())
                rows.append(packed(readings))
                times.append(time.process_time())
                spent = [
                    so_far + after - before for so_far, before, after in zip(spent, times, times[1:], strict=False)
                ]
            start = time.process_time()
            write_rows(folder / "bench-part.parquet", rows)
            spent[-1] += time.process_time() - start
            if kind == "HTML":
                pages = [archive.payload(work.data.document_id) for work in found]
                start = time.process_time()
                for page in pages:
                    lxml.html.document_fromstring(page)
                yield Figure(
                    "formats",
                    "lxml's parser alone on the same pages",
                    (time.process_time() - start) / len(pages) * 1000,
                    "ms a document",
                )
        for stage, seconds in zip(
            ("archive to bytes", "bytes to grids", "grids to observations", "to a part"), spent, strict=True
        ):
            yield Figure("formats", f"{kind}: {stage}", seconds / len(found) * 1000, "ms a document")
        yield Figure("formats", kind, len(found) / sum(spent), "documents a second and core")


def _is(kind: str, media_type: str) -> bool:
    return {"HTML": "text/html", "PDF": "application/pdf"}.get(kind, "wordprocessingml") in media_type


# -- the whole line


def mixed(folder: Path, reports: int) -> Iterator[Figure]:
    """A thousand reports in a stated mix from archive to release, on all cores."""
    home = _archive(folder, MIXED, "mixed", pdf=PDF, docx=DOCX)
    _forget(home, *_MADE)
    cost = _release(home)
    documents = rows_by_table(_latest(home))["documents"]
    yield Figure(
        "mixed",
        f"{MIXED} reports ({1 - PDF - DOCX:.0%} HTML, {PDF:.0%} PDF, {DOCX:.0%} DOCX), {documents} documents",
        cost.seconds,
        "s",
    )
    yield Figure("mixed", "processor time", cost.processor, "s")
    yield Figure("mixed", "memory, all processes together", cost.megabytes, "MB")
    yield Figure("mixed", "reports a second", MIXED / cost.seconds, "")


def workers(folder: Path, reports: int) -> Iterator[Figure]:
    """The same archive read by one worker, two workers, and two workers of a Dask cluster: reading alone, server and all up."""
    number = min(reports, 10_000)
    home = _archive(folder, number, "workers")
    seconds: dict[str, float] = {}
    parts: dict[str, list[str]] = {}
    for name, environment in (
        ("1 worker", {"GONGKAI_WORKERS": "1"}),
        ("2 workers", {"GONGKAI_WORKERS": "2"}),
        ("2 workers of Dask", {"GONGKAI_WORKERS": "2", "GONGKAI_ENGINE": "dask"}),
    ):
        _forget(home, "documents", "parts", "ledger.sqlite")
        told = _command([sys.executable, "-c", _READ, str(home)], home, environment)
        measured = json.loads(told.output.splitlines()[-1])
        seconds[name] = measured["seconds"]
        parts[name] = sorted(path.name for path in (home / "parts").glob("*.parquet"))
        yield Figure("workers", f"{number} HTML reports read by {name}", measured["seconds"], "s")
        of_all = measured["orchestrated"] / (measured["worked"] + measured["orchestrated"])
        yield Figure("workers", f"{name}: processor time of run and server, of all processor time", of_all * 100, "%")
    if parts["2 workers"] != parts["2 workers of Dask"]:
        raise SystemExit("Dask gave other parts than processes")
    yield Figure("workers", "2 workers are as fast as", seconds["1 worker"] / seconds["2 workers"], "times 1")
    yield Figure(
        "workers", "Dask takes", seconds["2 workers of Dask"] / seconds["2 workers"], "times the time of processes"
    )


#: Reads what there is to read, and tells how long it took, how much the workers worked, and what the run itself and Prefect's
#: server took beside them.
_READ = """
import json, sys, time
from pathlib import Path
import psutil
from flows.orchestration.own_server import prefect_server
def orchestrated():
    (server,) = [one for one in psutil.Process().children() if "flows.orchestration.server" in one.cmdline()]
    return time.process_time() + sum(server.cpu_times()[:2])
if __name__ == "__main__":
    home = Path(sys.argv[1])
    with prefect_server(home / "prefect"):
        from flows.orchestration.read_flow import read_documents
        start, before = time.perf_counter(), orchestrated()
        found = read_documents(str(home))
        seconds, spent = time.perf_counter() - start, orchestrated() - before
    print(json.dumps({"seconds": seconds, "worked": sum(one.seconds for one in found), "orchestrated": spent}))
"""


def again(folder: Path, reports: int) -> Iterator[Figure]:
    """What a later run has to do: after nothing has changed, after a label of a form has, after a reader of a format has."""
    for number in sorted({min(2_000, reports), reports}):
        home = _archive(folder, number, f"again-{number}")
        _forget(home, *_MADE)
        for what, tree in (
            ("read for the first time", ROOT),
            ("nothing changed", ROOT),
            ("a label changed", _changed_tree(folder, "label", "data/reference/forms/sc_2021.json", _one_label_more)),
            (
                "the reader of HTML changed",
                _changed_tree(folder, "reader", "extract/documents/html/css.py", _one_line_more),
            ),
        ):
            cost = _command([sys.executable, "-c", _READ, str(home)], home, {}, tree)
            measured = json.loads(cost.output.splitlines()[-1])
            yield Figure("again", f"{number:,} HTML reports, {what}", measured["seconds"], "s")
            yield Figure("again", f"{number:,}, {what}: processor time of workers", measured["worked"], "s")
            yield Figure("again", f"{number:,}, {what}: memory, all processes together", cost.megabytes, "MB")
        yield Figure("again", f"{number:,}: documents as they were read", _size(home / "documents") / 1e6, "MB")


def _changed_tree(folder: Path, name: str, place: str, change: Callable[[str], str]) -> Path:
    """Return a copy of the project in which one file is another."""
    tree = folder / f"tree-{name}"
    shutil.rmtree(tree, ignore_errors=True)
    for room in ("extract", "transform", "publish", "flows", "data/reference", "data/sample"):
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / place).write_text(change((tree / place).read_text(encoding="utf-8")), encoding="utf-8")
    return tree


def _one_label_more(text: str) -> str:
    form = json.loads(text)
    row = next(table for table in form["tables"] if table.get("rows"))["rows"][0]
    row["variants_observed"] = [*row.get("variants_observed", ()), "另一种印法"]
    return json.dumps(form, ensure_ascii=False, indent=1)


def _one_line_more(text: str) -> str:
    return f"{text}# one line more\n"


def national(folder: Path, reports: int) -> Iterator[Figure]:
    """Archive to release at national size: time, memory against size, nothing changed, queries, sizes."""
    for number in (*(size for size in SIZES if size < reports), reports):
        home = _archive(folder, number, f"national-{number}")
        _forget(home, *_MADE)
        cost = _release(home)
        yield Figure("national", f"{number:,} HTML reports, archive to release", cost.seconds, "s")
        yield Figure("national", f"{number:,}: processor time", cost.processor, "s")
        yield Figure("national", f"{number:,}: memory, all processes together", cost.megabytes, "MB")
        if number != reports:
            shutil.rmtree(home)
            continue
        yield Figure("national", f"{number:,}: nothing changed", _release(home).seconds, "s")
        yield from _queries(_latest(home))
        yield from _sizes(home)


def _queries(release: Path) -> Iterator[Figure]:
    import duckdb

    def of(name: str) -> str:
        return f"read_parquet('{release / name}')"

    with duckdb.connect() as connection:
        unit = connection.execute(
            f"SELECT unit_id FROM {of('panel.parquet')} ORDER BY hash(unit_id) LIMIT 1"
        ).fetchall()[0][0]
        for what, query, told in (
            (
                "one unit's series of the panel",
                f"SELECT * FROM {of('panel.parquet')} WHERE unit_id = ? ORDER BY year",
                [unit],
            ),
            (
                "one unit's observations of all years",
                f"SELECT * FROM {of('observations/*.parquet')} WHERE unit_id = ?",
                [unit],
            ),
            (
                "the national panel: a mean a year",
                f"SELECT year, avg(requests_received), count(requests_received) FROM {of('panel.parquet')} GROUP BY year",
                [],
            ),
            ("the national panel: every row and column", f"SELECT * FROM {of('panel.parquet')}", []),
        ):
            spent = []
            for _ in range(7):
                start = time.perf_counter()
                connection.sql(query, params=told).to_arrow_table()
                spent.append(time.perf_counter() - start)
            yield Figure("queries", what, statistics.median(spent) * 1000, "ms")


def _sizes(home: Path) -> Iterator[Figure]:
    release = _latest(home)
    observations = _size(release / "observations") + _size(release / "panel.parquet")
    for what, size in (
        ("archive", _size(home / "archive")),
        ("documents as they were read", _size(home / "documents")),
        ("parts", _size(home / "parts")),
        ("observations and panel", observations),
        ("sections", _size(release / "sections.parquet")),
        ("the whole release", _size(release)),
    ):
        yield Figure("sizes", what, size / 1e6, "MB")


PARTS: dict[str, Callable[[Path, int], Iterator[Figure]]] = {
    "formats": formats,
    "mixed": mixed,
    "workers": workers,
    "again": again,
    "national": national,
}
_TITLES = {
    "formats": "By format and stage, one process",
    "mixed": "A mixed thousand, archive to release",
    "workers": "Workers",
    "again": "A later run: what is read and interpreted again",
    "national": "National size",
    "queries": "Queries (DuckDB over the released Parquet, median of 7)",
    "sizes": "On disk",
}


# -- measuring


def _archive(folder: Path, reports: int, name: str, **shares: float) -> Path:
    """Return a home whose archive holds synthetic reports, made where it is not there yet."""
    home = folder / name
    if not (home / "portals.csv").is_file():
        shutil.rmtree(home, ignore_errors=True)
        told = [arg for kind, share in shares.items() for arg in (f"--{kind}", str(share))]
        command = [sys.executable, "-m", "tests.national", "--reports", str(reports), "--home", str(home), *told]
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return home


def _release(home: Path) -> Cost:
    return _command([sys.executable, "-m", "flows.cli", "release", "--home", str(home)], home, {})


def _command(command: list[str], home: Path, environment: dict[str, str], tree: Path = ROOT) -> Cost:
    """Run a command of gongkai and return what it and its children took; ``tree`` is the project whose code is run."""
    start = time.perf_counter()
    told = (
        os.environ | environment | {"GONGKAI_INVENTED_DIVISIONS": str(home / "divisions.csv"), "PYTHONPATH": str(tree)}
    )
    process = subprocess.Popen(command, cwd=tree, env=told, stdout=subprocess.PIPE, text=True)
    seen, done = _Seen(), threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, seen, done), daemon=True)
    watch.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - start
    done.set()
    watch.join()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(seconds, sum(seen.processor.values()), seen.megabytes, output)


@dataclass
class _Seen:
    """Processor seconds of each process, and the highest sum of their memory; what they share counts once for each of them."""

    processor: dict[int, float] = field(default_factory=dict)
    megabytes: float = 0.0


def _watch(pid: int, seen: _Seen, done: threading.Event) -> None:
    """Look at a process and all below it, twice a second."""
    while not done.wait(0.5):
        total = 0
        try:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                    seen.processor[process.pid] = sum(process.cpu_times()[:2])
                except psutil.Error:
                    continue
        except psutil.Error:
            return
        seen.megabytes = max(seen.megabytes, total / 1e6)


def _forget(home: Path, *names: str) -> None:
    for name in names:
        for path in home.glob(f"{name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _latest(home: Path) -> Path:
    found = latest_release(home)
    assert found is not None
    return found


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


# -- the page


def page(figures: list[Figure], machine: str) -> str:
    """Return docs/benchmarks.md."""
    lines = ["# Benchmarks", "", f"`make bench`, on {machine}. Every figure of a table is from one run.", ""]
    lines += ["Documents are synthetic reports of the invented province (code 99), as typeset for the sample."]
    for part, title in _TITLES.items():
        rows = [one for one in figures if one.part == part]
        if rows:
            lines += ["", f"## {title}", "", "| | |", "|---|---:|"]
            lines += [f"| {one.what} | {_number(one.value)} {one.unit}".rstrip() + " |" for one in rows]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """Return the machine in words: processor, cores, memory, system, Python."""
    model = (
        next(
            (
                line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")
            ),
            platform.processor(),
        )
        if Path("/proc/cpuinfo").exists()
        else platform.processor()
    )
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument(
        "--folder", type=Path, required=True, metavar="DIR", help="where archives and what was measured are kept"
    )
    parser.add_argument("--reports", type=int, default=50_000, metavar="N", help="national size (default: 50000)")
    parser.add_argument("--write", action="store_true", help="make docs/benchmarks.md of what DIR/bench.json holds")
    told = parser.parse_args()
    if unknown := set(told.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    told.folder.mkdir(parents=True, exist_ok=True)
    kept = told.folder / "bench.json"
    figures = [Figure(**one) for one in json.loads(kept.read_text(encoding="utf-8"))] if kept.exists() else []
    for name in told.parts or PARTS:
        found = []
        for figure in PARTS[name](told.folder, told.reports):
            print(f"{figure.part:<10} {figure.what:<70} {_number(figure.value):>10} {figure.unit}", flush=True)
            found.append(figure)
        figures = [one for one in figures if one.part not in {new.part for new in found}] + found
        kept.write_text(
            json.dumps([asdict(one) for one in figures], ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    if told.write:
        PAGE.write_text(page(figures, machine()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
