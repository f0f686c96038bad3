"""From archive and parts to a release in place: which version it gets, its tables, and what is in it.

The one thing to know: nothing here reads a clock. A release is named after the month of the archive's last attempt,
numbered from 0 within the month, and an archive whose release is there already gets no other.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from extract.archiving.archive import Archive
from extract.errors import ReleaseError
from extract.portals.registry import REGISTRY_FILE
from flows.home.finished import Finished, load, note
from flows.home.home import ROOT, SAMPLE_VANTAGE, Home, is_of_sample
from flows.releasing.assembling import write_release_tables
from flows.releasing.left_out import LeftOut
from flows.releasing.release_inputs import made_from, release_inputs
from flows.releasing.sharding import Origin
from publish.by_hand.audit import audit_rows
from publish.by_hand.sheets import ReleaseCells, read_sheet
from publish.checking.check import check_files
from publish.checking.pieces import write_rows
from publish.checking.validate import Problem
from publish.compare.latest import hold_back, latest_release, move_latest, point
from publish.files.made_from import DOCUMENTS_READ
from publish.files.release_files import rows_by_table, sha256
from publish.releasing.release import make_release

SAMPLE_PORTALS = ROOT / "data" / "sample" / "portals.csv"


def release_archive(
    home: Home,
    portals_file: Path,
    *,
    version: str | None = None,
    as_of: str | None = None,
    left_out: list[LeftOut] | None = None,
) -> Path:
    """Make the release of what the archive held at the end of the day ``as_of`` (default: of everything); return its folder.

    ``left_out`` takes the documents that it could not hold.

    Raises:
        ReleaseError: the archive holds no document, or the release does not pass its checks; nothing is moved into place.
        HeldBackError: the release is in place, and ``latest`` is not moved to it.
    """
    origin = Origin(home, as_of)
    with Archive(home.archive) as archive:
        inputs = inputs_of(home, archive, portals_file, as_of)
        sample, last_at = bool(is_of_sample(archive)), archive.index.last_at(as_of)
    if last_at is None:
        raise _no_attempt(as_of)
    if origin.is_empty():
        raise ReleaseError(
            f"{home.archive}: holds no document{f' up to {as_of}' if as_of else ''}; crawl or import first"
        )
    left_out = [] if left_out is None else left_out
    read = _require_read(origin)
    facts = dict[str, Any](made_from(portals_file, home.readings))

    def write(folder: Path) -> list[Problem]:
        problems = _write_tables(folder, origin, name, audit, left_out)
        # What the tables must hold is counted by the ledger, not by them.
        facts[DOCUMENTS_READ] = len(read - {left.document_id for left in left_out})
        return problems

    name = version or next_version(home, last_at, inputs, sample=sample)
    audit = home.audit if home.audit.is_file() and as_of is None else None
    with Archive(home.archive) as archive:
        made = make_release(
            home.folder,
            name,
            tables=write,
            synthetic_allowed=sample,
            latest=False,
            payload=archive.payload,
            made_from=facts,
        )
    note(home.ledger, Finished(f"release/{made.version}", inputs, str(made.directory), last_at))
    # What was known at an earlier day is no newer release. One that is held back is made, and not made again.
    if as_of is None:
        move_latest(home.folder, made.version)
    return made.directory


def _require_read(origin: Origin) -> set[str]:
    """Return the documents the release is made of, those that the ledger has a result of.

    Raises:
        ReleaseError: the ledger has no result of a document of the archive, or the part that holds it is gone.
    """
    archived = origin.documents()
    read = {document for documents in origin.parts().values() for document in documents}
    if unread := sorted(archived - read):
        raise ReleaseError(
            f"{origin.home.folder}: {len(unread)} of {len(archived)} archived documents are not read, {unread[0]} the first; "
            "run gongkai release again, which reads them"
        )
    return read


def require_attempts(home: Home, as_of: str | None) -> None:
    """Raise ReleaseError where the archive holds nothing up to a day."""
    with Archive(home.archive) as archive:
        first = archive.index.first_at()
    if first is None or (as_of is not None and first[:10] > as_of):
        raise _no_attempt(as_of)


def _write_tables(
    directory: Path, origin: Origin, version: str, audit: Path | None, left_out: list[LeftOut] | None
) -> list[Problem]:
    """Write the tables of a release into its folder, checked; the last audit, where there is one, against the figures there."""
    problems = write_release_tables(origin, directory, version, left_out=left_out)
    if audit is None or problems:
        return problems
    rows = audit_rows(ReleaseCells(directory), read_sheet(audit))
    return write_rows(directory, {"audit": rows}, version)


def inputs_of(home: Home, archive: Archive, portals_file: Path, as_of: str | None) -> str:
    """Return the fingerprint of what a release is made from, the readings by hand and the audit among it."""
    told = [release_inputs(home, archive, portals_file, as_of)]
    told += [sha256(path) for path in (home.readings, home.audit) if path.is_file()]
    return told[0] if len(told) == 1 else hashlib.sha256(" ".join(told).encode()).hexdigest()


def is_released(home: Home, archive: Archive, portals_file: Path, version: str | None, as_of: str | None) -> bool:
    """Tell whether the release made of what is there now is in place, and is the latest; one that need not be held back
    any more becomes it.

    Raises:
        HeldBackError: it is in place, and ``latest`` still names another because it holds too much less.
    """
    made = [folder for folder in made_of(home, archive, portals_file, as_of) if version in (None, folder.name)]
    if as_of is not None or not made or latest_release(home.folder) in made:
        return bool(made)
    hold_back(home.folder, made[-1].name)
    if check_files(made[-1]):
        return False
    point(home.folder, made[-1].name)
    return True


def made_of(home: Home, archive: Archive, portals_file: Path, as_of: str | None) -> list[Path]:
    """Return the releases in place that were made of the present inputs, sorted by name."""
    inputs = inputs_of(home, archive, portals_file, as_of)
    names = sorted(name for name, finished in load(home.ledger, "release").items() if finished.inputs == inputs)
    return [home.releases / name for name in names if (home.releases / name).is_dir()]


def next_version(home: Home, last_at: str, inputs: str, *, sample: bool) -> str:
    """Return ``YYYY.M.N``, with ``-sample`` for the sample run: the month of the last attempt and the first free number.

    The number of a release that was made of the same inputs is used again.
    """
    year, month = last_at[:7].split("-")
    stem, tail = f"{year}.{month}.", f"-{SAMPLE_VANTAGE}" if sample else ""
    for name, finished in sorted(load(home.ledger, "release").items()):
        if finished.inputs == inputs and name.startswith(stem) and name.endswith(tail):
            return name
    pattern = re.compile(rf"{re.escape(stem)}(\d+){re.escape(tail)}")
    taken = [int(match[1]) for path in home.releases.glob("*") if (match := pattern.fullmatch(path.name))]
    return f"{stem}{max(taken, default=-1) + 1}{tail}"


def portals_file_of(home: Home) -> Path:
    """Return the registry that an archive was crawled by: the sample's, or the project's."""
    with Archive(home.archive) as archive:
        return SAMPLE_PORTALS if is_of_sample(archive) else REGISTRY_FILE


def show_latest(home: Home, as_of: str | None = None, version: str | None = None) -> None:
    """Print where the latest release lies (or the one as known at an earlier day) and how many rows its tables have."""
    from flows.terminal.show import columns

    latest = latest_release(home.folder)
    if as_of is not None:
        with Archive(home.archive) as archive:
            made = made_of(home, archive, portals_file_of(home), as_of)
        latest = next((folder for folder in reversed(made) if version in (None, folder.name)), None)
    if latest is None:
        return
    place = latest.relative_to(Path.cwd()) if latest.is_relative_to(Path.cwd()) else latest
    print(f"release {latest.name}: {place}\n")
    print(columns([["table", "rows"], *([table, f"{count:,}"] for table, count in rows_by_table(latest).items())]))


def _no_attempt(as_of: str | None) -> ReleaseError:
    return ReleaseError(f"the archive holds no attempt{f' up to {as_of}' if as_of else ''}; crawl or import first")
