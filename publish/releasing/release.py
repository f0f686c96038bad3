"""Make a release: tables in, one immutable directory of checked and described files out.

The one thing to know: a release is written aside, checked, and moved into place whole, or there is none. The same
tables, reference data and previous release give the same bytes, but for exports that are equal by value
(``publish/exports/write_exports.py``).
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extract.errors import ReleaseError, UsageError
from publish.checking.check import check_files, check_rows
from publish.checking.check_stored import SAMPLE, mixed
from publish.checking.complete import missing_tables, uncounted
from publish.checking.identities import released_identities
from publish.checking.validate import Problem, canonical
from publish.codebook.about import as_of
from publish.codebook.codebook import codebook_rows, write_codebook
from publish.codebook.shares import shares, write_shares
from publish.compare.changes import TABLE as CHANGES
from publish.compare.changes import write_changes
from publish.compare.latest import VERSION, kind_of, latest_release, move_latest
from publish.describe.croissant import write_croissant
from publish.describe.datapackage import write_datapackage
from publish.describe.deposits import write_jsonld, write_zenodo
from publish.describe.notes import write_changelog, write_citation
from publish.exports.write_exports import is_by_value, write_exports
from publish.files.made_from import MadeFrom, read_made_from, write_made_from
from publish.files.release_files import CHECKSUMS, read_checksums, write_checksums, write_tables
from publish.files.stored import StoredTables
from publish.schema.schemas import SCHEMA_VERSION, load_schemas, to_dict
from publish.site.build_site import build_site
from publish.site.places import Payload

if TYPE_CHECKING:
    import pyarrow as pa

#: Writes the tables of a release into its folder; returns what is wrong with them.
WriteTables = Callable[[Path], list[Problem]]
#: Problems listed in full when a release is refused; the rest are counted.
LISTED = 20


@dataclass(frozen=True)
class Release:
    """A release in place: its rows by table, and whether it was there before with the same bytes."""

    version: str
    directory: Path
    rows: Mapping[str, int]
    existed: bool


def make_release(
    home: Path,
    version: str,
    *,
    tables: Mapping[str, pa.Table] | WriteTables,
    synthetic_allowed: bool = False,
    latest: bool = True,
    payload: Payload | None = None,
    made_from: MadeFrom | None = None,
) -> Release:
    """Write, check and move into place ``home/releases/VERSION``, then point ``home/releases/latest`` at it (``publish/compare/latest.py``).

    ``tables`` are those of ``transform/tables/assemble.py`` and coverage, or a function that writes them into a folder, checked, and
    returns what is wrong with them (``flows/releasing/assembling.py``). None that every release holds may be missing
    (``publish/checking/complete.py``).
    ``synthetic_allowed`` admits rows of the invented province; together with real rows only under a name that ends in
    ``-sample``. ``payload`` gives a document's bytes by its id, so that the site can show each figure's place.
    ``made_from`` are fingerprints of the inputs (``publish/files/made_from.py``), from which the next release tells why it differs.

    Raises:
        UsageError: the version is not a calendar version such as 2026.11.0 or 2026.11.0-sample.
        ReleaseError: a table breaks its schema, or a release of this name holds other bytes. Nothing is left behind.
        HeldBackError: the release is in place, and holds too much less than the one ``latest`` names.
    """
    if not VERSION.fullmatch(version):
        raise UsageError(f"version {version!r}: write year, month and number, such as 2026.11.0 or 2026.11.0{SAMPLE}")
    write = _writer_of(tables, version) if isinstance(tables, Mapping) else tables
    releases = home / "releases"
    directory, aside = releases / version, releases / f".{version}.{uuid.uuid4().hex}.tmp"
    try:
        aside.mkdir(parents=True)
        _refuse(version, write(aside))
        ready = StoredTables(aside, load_schemas())
        _refuse(version, _invented(ready, synthetic_allowed) + mixed(ready, version))
        _write(aside, version, ready, _previous(releases, version), payload, made_from or {})
        whole = StoredTables(aside, load_schemas())
        _refuse(version, missing_tables(whole, SCHEMA_VERSION) + uncounted(whole, made_from or {}) + check_files(aside))
        rows = {name: ready.rows(name) for name in ready}
        existed = directory.exists()
        if existed:
            _same_bytes(directory, aside)
        else:
            aside.rename(directory)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if latest:
        move_latest(home, version)
    return Release(version, directory, rows, existed)


def _writer_of(tables: Mapping[str, pa.Table], version: str) -> WriteTables:
    """Return what writes tables that are in memory.

    Raises:
        ReleaseError: no schema describes a table, or a value does not fit its type.
    """
    schemas = load_schemas()
    if set(tables) - set(schemas):
        raise ReleaseError(
            f"no schema describes {sorted(set(tables) - set(schemas))}; add publish/schema/tables/*.json"
        )
    ready = {name: canonical(table, schemas[name], version) for name, table in sorted(tables.items())}

    def write(directory: Path) -> list[Problem]:
        problems = check_rows(ready, schemas, released_identities(), version)
        if not problems:
            write_tables(directory, ready, schemas)
        return problems

    return write


def _write(
    aside: Path,
    version: str,
    tables: StoredTables,
    previous: Path | None,
    payload: Payload | None,
    made_from: MadeFrom,
) -> None:
    schemas = {name: schema for name, schema in load_schemas().items() if name in tables or name == CHANGES}
    described = {
        "schema_version": SCHEMA_VERSION,
        "release": version,
        "tables": [to_dict(schemas[name]) for name in sorted(schemas)],
        "identities": released_identities(),
    }
    text = json.dumps(described, ensure_ascii=False, indent=1, sort_keys=False)
    (aside / "schema.json").write_text(text + "\n", encoding="utf-8")
    write_made_from(aside, version, previous.name if previous else None, made_from)
    write_changes(aside, version, previous)
    found = shares(tables, schemas)
    codebook = codebook_rows(schemas, found)
    write_codebook(aside, codebook)
    write_shares(aside, found)
    write_exports(aside, version, schemas, codebook)
    write_citation(aside, version, tables)
    write_changelog(aside, version, tables, previous)
    write_datapackage(aside, version, schemas)
    write_croissant(aside, version, as_of(tables), schemas)
    write_jsonld(aside, version, tables, schemas)
    write_zenodo(aside, version, tables)
    build_site(aside, version, tables, payload)
    write_checksums(aside, f"gongkai {version}, schema_version {SCHEMA_VERSION}")


def _refuse(version: str, problems: list[Problem]) -> None:
    if problems:
        lines = [f"release {version} not made, {len(problems)} problem{'s' if len(problems) > 1 else ''}:"]
        lines += [f"  {problem}" for problem in problems[:LISTED]]
        if len(problems) > LISTED:
            lines.append(f"  and {len(problems) - LISTED} more")
        raise ReleaseError("\n".join(lines))


def _invented(tables: StoredTables, allowed: bool) -> list[Problem]:
    import pyarrow.compute as pc

    if allowed:
        return []
    return [
        Problem(name, "synthetic", "holds rows of the invented province; only the sample run may release them")
        for name in tables
        if "synthetic" in tables.names(name) and pc.any(tables.columns(name, "synthetic")["synthetic"]).as_py()
    ]


def _same_bytes(directory: Path, aside: Path) -> None:
    """Refuse other bytes in any file but those that are equal by value only: their tables are compared as Parquet.

    Of such a file it counts that it is there; the one in place stays.
    """
    before, now = read_checksums(directory), read_checksums(aside)
    changed = sorted(
        name
        for name in before.keys() | now.keys()
        if before.get(name) != now.get(name) and not (is_by_value(name) and name in before and name in now)
    )
    if changed:
        raise ReleaseError(
            f"release {directory.name} exists with other bytes in {', '.join(changed[:LISTED])}; "
            "a release never changes: give the new one another version"
        )
    if check_files(directory):
        raise ReleaseError(
            f"release {directory.name} exists and does not match its {CHECKSUMS}; run gongkai check on it"
        )


def _previous(releases: Path, version: str) -> Path | None:
    """Return the release that this one is compared with: the one it was compared with where it is there already,
    else the one ``latest`` names, else the one before it by its number; sample with sample."""
    if (told := read_made_from(releases / version)) and (
        told["previous"] is None or (releases / told["previous"]).is_dir()
    ):
        return releases / told["previous"] if told["previous"] else None
    latest = latest_release(releases.parent)
    if latest and latest.is_dir() and latest.name != version and kind_of(latest.name) == kind_of(version):
        return latest
    earlier = [
        path
        for path in releases.glob("[0-9]*")
        if VERSION.fullmatch(path.name)
        and kind_of(path.name) == kind_of(version)
        and _order(path.name) < _order(version)
    ]
    return max(earlier, key=lambda path: _order(path.name), default=None)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))
