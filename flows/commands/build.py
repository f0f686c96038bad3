"""The commands that run the line: ``build``, ``crawl``, ``import``, ``release``; and ``archive verify``.

Each first works out, without Prefect, what there is to do (``flows/todo/waiting.py``). Only if there is something does it
start a server and run the flows (``flows/orchestration/run.py``). Results are printed, failures listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extract.archiving.archive import Archive
from extract.errors import ReleaseError
from flows.home import storing
from flows.home.home import find_home
from flows.home.settings import CrawlSettings
from flows.orchestration.run import DONE, SOME_FAILED, Outcome, Run, ServeSample, interruptible, report, told
from flows.releasing import release_archive


def build(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    version: str | None = None,
    settings: CrawlSettings | None = None,
    serve: ServeSample | None = None,
) -> int:
    """Crawl, read, check and release; return the exit code.

    Raises:
        UsageError: no portal is left, or the home holds the other kind of archive (sample or real).
        ReleaseError: no release could be made.
    """
    run = Run.prepare(portals_file, years, jurisdictions, home, settings or CrawlSettings())
    outcome = Outcome()
    due = run.portals_due()
    if due or not run.is_current(version):
        with told(run.home, outcome, "build"), interruptible(), run.engine():
            run.crawl(due, outcome, serve)
            run.read(outcome)
            run.release(version, outcome)
    else:
        run.keep(outcome)
    report(outcome)
    release_archive.show_latest(run.home)
    return outcome.exit_code


def crawl(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    settings: CrawlSettings | None = None,
    serve: ServeSample | None = None,
) -> int:
    """Fetch what the portals announce into the archive; return the exit code. List pages are asked for every time."""
    run = Run.prepare(portals_file, years, jurisdictions, home, settings or CrawlSettings())
    outcome = Outcome()
    with told(run.home, outcome, "crawl"), interruptible(), run.engine():
        run.crawl(run.portals, outcome, serve)
    report(outcome)
    with Archive(run.home.archive) as archive:
        print(f"{run.home.archive}: {archive.index.count()} attempts on record")
    return outcome.exit_code


def verify(home: Path | None = None) -> int:
    """Re-read every record of the archive with its digests and print what is damaged; return the exit code.

    Raises:
        ArchiveError: there is no archive.
    """
    from extract.archiving.verify import verify_archive

    place = find_home(home, sample=False)
    found = verify_archive(place.archive)
    for damage in found.damages:
        where = damage.file if damage.offset is None else f"{damage.file}, offset {damage.offset}"
        print(f"{where}: {damage.what}")
    counts = (
        f"{found.files} files, {found.warc_records} records, {found.attempts} attempts, {found.documents} documents"
    )
    print(f"{place.archive}: {counts}: " + ("all is as it says" if found.ok else f"{len(found.damages)} damaged"))
    return DONE if found.ok else SOME_FAILED


def import_documents(
    paths: Sequence[Path], *, url: str | None, jurisdiction: str | None, year: int | None, home: Path | None = None
) -> int:
    """Take files, saved pages or WARCs that a person collected into the archive; return the exit code."""
    from extract.archiving.import_files import import_files

    place = find_home(home, sample=False)
    storing.pull_told(place)
    with Archive(place.archive, write=True) as archive:
        records = import_files(paths, archive, url=url, jurisdiction=jurisdiction, year=year)
    for record in records:
        print(f"{record.document_id}  {record.media_type}  {record.url}")
    outcome = Outcome(store_trouble=storing.push_told(place))
    report(outcome)
    return outcome.exit_code


def release(home: Path | None = None, *, version: str | None = None, as_of: str | None = None) -> int:
    """Make a release of what the archive holds, without network; return the exit code.

    Raises:
        ReleaseError: there is no archive, it is empty, or the release does not pass its checks.
    """
    place = find_home(home, sample=False)
    storing.pull_told(place)
    if not place.archive.is_dir():
        raise ReleaseError(f"{place.archive}: there is no archive; run gongkai crawl or gongkai import first")
    release_archive.require_attempts(place, as_of)
    run = Run.over(place)
    outcome = Outcome()
    if not run.is_current(version, as_of):
        with told(place, outcome, "release"), interruptible(), run.engine():
            run.read(outcome)
            run.release(version, outcome, as_of)
    else:
        run.keep(outcome)
    report(outcome)
    release_archive.show_latest(place, as_of, version)
    return outcome.exit_code
