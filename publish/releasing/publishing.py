"""Put a release where others get it: a folder or an object store, a file at a time, the pointer ``latest`` last.

Comes in: a release folder and a Store. Goes out: ``VERSION/…`` with the release's bytes, then ``latest``. The one thing to
know: there is no rename across an object store, so that order is what makes a release whole: every file is read back after
it is written, ``checksums.txt`` comes after the files it lists, and nobody is pointed at a version before all of it is
there. Nothing is written over; a copy that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from extract.archiving.store import Store
from extract.errors import ReleaseError, StoreError
from publish.checking.check import check_release
from publish.checking.check_stored import SAMPLE
from publish.compare.latest import hold_back
from publish.files.release_files import CHECKSUMS, read_checksums, sha256

POINTER = "latest"
#: Files or problems named in one message; the rest are counted.
LISTED = 10
#: Goes over the files to copy and shows how far it is.
Progress = Callable[[list[str]], Iterable[str]]


@dataclass(frozen=True)
class Published:
    """A version that is whole at a place: files copied now, files that were there, and what ``latest`` named before."""

    version: str
    copied: int
    there: int
    before: str | None


def publish_release(directory: Path, store: Store, *, progress: Progress = iter) -> Published:
    """Copy a release under its version and point ``latest`` at it.

    Raises:
        ReleaseError: the release does not pass its checks, is held back, is a sample among real ones (or a real one among
            samples), or other bytes lie under its version.
        StoreError: the store cannot be written, or gives other bytes back; run it again to go on.
    """
    version = directory.resolve().name
    problems = [str(problem) for problem in check_release(directory)]
    if (
        not problems
        and (told := json.loads((directory / "schema.json").read_text(encoding="utf-8"))["release"]) != version
    ):
        problems = [f"schema.json: it is release {told}; give the folder its name"]
    if problems:
        raise ReleaseError(_listed(f"{directory}: not published, gongkai check finds", problems))
    if (directory.parent / POINTER).is_file():
        hold_back(directory.resolve().parent.parent, version)
    before = published_version(store)
    _refuse_other_kind(version, store, before)

    wanted = read_checksums(directory)
    wanted[CHECKSUMS] = sha256(directory / CHECKSUMS)
    there = _there(version, store, wanted)
    missing = sorted(name for name in wanted if name not in there and name != CHECKSUMS)
    for name in progress(missing + [CHECKSUMS] * (CHECKSUMS not in there)):
        _copy(directory / name, store, f"{version}/{name}", wanted[name])
    if before != version:
        store.write(POINTER, f"{version}\n".encode())
        if published_version(store) != version:
            raise StoreError(f"{store.address(POINTER)}: does not say what was written to it; run it again")
    return Published(version, len(wanted) - len(there), len(there), before)


def _copy(file: Path, store: Store, name: str, digest: str) -> None:
    store.put(file, name)
    if store.sha256(name) != digest:
        raise StoreError(f"{store.address(name)}: other bytes came back than were written; remove it and run it again")


def _there(version: str, store: Store, wanted: dict[str, str]) -> set[str]:
    """Return the files of this release that the place holds already; refuse where it holds others under its version."""
    names = [name.removeprefix(f"{version}/") for name in store.names(version)]
    other = [name for name in names if name not in wanted or store.sha256(f"{version}/{name}") != wanted[name]]
    if other:
        raise ReleaseError(
            _listed(
                f"{store.address(version)}: holds other bytes, and a release never changes; give the new one another version:",
                other,
            )
        )
    return set(names)


def _refuse_other_kind(version: str, store: Store, latest: str | None) -> None:
    """A place holds real releases or samples, never both: nobody shall get invented rows who asks for ``latest``."""
    sample = version.endswith(SAMPLE)
    others = [
        name
        for name in {*store.folders(), *([latest] if latest else [])}
        if name[:2] == "20" and name.endswith(SAMPLE) != sample
    ]
    if others:
        holds, is_one = ("real releases", "a sample") if sample else ("sample releases", "a real one")
        raise ReleaseError(
            f"{store.url}: holds {holds} ({max(others)}), and {version} is {is_one}; publish it to another place"
        )


def published_version(store: Store) -> str | None:
    """Return the version that ``latest`` names at a place; None where nothing is published."""
    try:
        return store.read(POINTER).decode("utf-8").strip()
    except FileNotFoundError:
        return None


def _listed(heading: str, lines: list[str]) -> str:
    more = [f"  and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return "\n".join([heading, *(f"  {line}" for line in lines[:LISTED]), *more])
