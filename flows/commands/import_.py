"""``gongkai import``: files, saved pages or WARCs that a person collected into the archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.commands import options as shared


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "import",
        run,
        "files collected by a person into the archive",
        "Take files, saved pages or WARCs into the archive, with the same record as if crawled: for portals that let\n"
        "no program in.",
        "gongkai import saved-page.html --url https://www.example.gov.cn/nb/2023.html --jurisdiction 340102",
    )
    command.add_argument(
        "paths", metavar="PATH", type=Path, nargs="+", help="a file, a saved page, a WARC, or a folder of them"
    )
    command.add_argument("--url", metavar="U", help="the address that a single file came from")
    command.add_argument("--jurisdiction", metavar="CODE", type=shared.code, help="six-digit code, if you vouch for it")
    command.add_argument("--year", metavar="Y", type=shared.year, help="the year reported on, if you vouch for it")
    command.add_argument("--sure", action="store_true", help="you are sure of both, even against the document")
    shared.add_store(command)
    shared.add_wait(command)
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``import_documents`` as the options say."""
    return import_documents(
        options.paths,
        url=options.url,
        jurisdiction=options.jurisdiction,
        year=options.year,
        sure=options.sure,
        home=options.home,
        wait=options.wait,
    )


def import_documents(
    paths: Sequence[Path],
    *,
    url: str | None,
    jurisdiction: str | None,
    year: int | None,
    sure: bool = False,
    home: Path | None = None,
    wait: bool = False,
) -> int:
    """Take files, saved pages or WARCs into the archive and print their records; return the exit code.

    What the person says of them (``jurisdiction``, ``year``) is kept as evidence. Where a document contradicts it, the conflict is
    named and makes the exit code 1, unless the person is ``sure``.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        UsageError: a path cannot be read, or no territory has the code.
    """
    from extract.archiving.archive import Archive
    from extract.archiving.import_files import import_files
    from flows.home import storing
    from flows.home.home import find_home
    from flows.home.lock import writing
    from flows.inspection.conflicts import conflicts_of_imports, require_known_code
    from flows.orchestration.run_result import RunResult, push_to_store, report
    from flows.terminal.output import SOME_FAILED, say

    require_known_code(jurisdiction)
    place = find_home(home, sample=False)
    with writing(place, "import", wait=wait):
        storing.pull_home(place)
        with Archive(place.archive, write=True) as archive:
            records = import_files(paths, archive, url=url, jurisdiction=jurisdiction, year=year, sure=sure)
            against = list(conflicts_of_imports(archive, records))
        for record in records:
            print(f"{record.document_id}  {record.media_type}  {record.url}")
        for conflict in against:
            say(conflict)
        result = RunResult()
        push_to_store(place, result)
        report(result)
        return SOME_FAILED if against else result.exit_code
