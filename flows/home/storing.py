"""A home and its durable copy: what is in the store comes into the home before a run, what the run made goes there after.

The one thing to know: the home on this machine is where work is done, the store (``--store``, GONGKAI_STORE) is what is not
lost with it. Nothing in either is ever dropped for the other: a home and a store that both went on are refused, by name.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from extract.archiving.archive import Archive
from extract.archiving.durable import State, latest_state, pull_warc, push_warc, put_state
from extract.archiving.store import Store, open_store
from extract.errors import ReleaseError, StoreError
from flows.home.home import Home
from publish.compare.latest import latest_release, point
from publish.files.release_files import sha256, write_whole
from publish.releasing.publishing import publish_release, published_version

#: The store's address, as the environment and the option --store give it.
STORE = "GONGKAI_STORE"
LEDGER, BY_HAND = "ledger.sqlite", ("readings.csv", "audit.csv")


def told_store() -> Store | None:
    """Return the store that GONGKAI_STORE names; None where it is not set.

    Raises:
        UsageError: it names no file system.
    """
    url = os.environ.get(STORE)
    return open_store(url) if url else None


def pull_told(home: Home) -> None:
    """Bring a home up to the store that GONGKAI_STORE names, if it names one.

    Raises:
        StoreError, UsageError: as ``pull`` and ``told_store``; nothing should be made of a home that may be behind.
    """
    if store := told_store():
        pull(home, store)


def push_told(home: Home) -> str:
    """Bring the store that GONGKAI_STORE names up to a home, if it names one; return why it could not be, or nothing."""
    try:
        if (store := told_store()) and home.folder.is_dir():
            push(home, store)
    except (StoreError, ReleaseError) as error:
        return str(error)
    return ""


def for_cluster(home: Home) -> str:
    """Bring the store up to a home and return its address with the number of the state (``s3://…#42``), from which workers
    of a cluster read the archive; nothing where no store is told or it is a folder of this machine.

    Raises:
        StoreError: as ``push``.
    """
    store = told_store()
    return f"{store.url.rstrip('/')}#{push(home, store).number}" if store and not store.is_local else ""


def fetch_made(home: Home, names: Iterable[str]) -> None:
    """Fetch parts and files of cached documents (``parts/NAME``, ``documents/NAME``) that a worker of a cluster wrote to the store.

    Raises:
        StoreError: one cannot be had.
    """
    store = told_store()
    for name in names:
        if store and not (home.folder / name).is_file():
            store.get(name, home.folder / name)


def pull(home: Home, store: Store) -> State:
    """Bring a home up to its store, and return the state it then has.

    Archive, parts, cached documents, ledger, what people read, and the latest release come; a fetch that was cut off goes on where it was.

    Raises:
        StoreError: the home holds another archive, or both went on since they were last the same.
    """
    state, known = latest_state(store), _known(home, store)
    if state.number == 0:
        if known is not None:
            raise StoreError(
                f"{store.url}: is empty, but {home.folder} was kept there; see to the address, or delete {home.store}"
            )
        return state
    if known is None or known.number != state.number:
        _refuse_two_ways(home, store, state, known)
        for warc, segments in state.warcs.items():
            pull_warc(home.archive / warc, store, segments)
        _pull_files(home, store, state, known)
        _pull_release(home, store)
    there = home.made_names()
    for name in state.parts:
        # An older gongkai named parts by themselves; what it made is made anew.
        if "/" in name and name not in there:
            store.get(name, home.folder / name)
    _remember(home, store, state)
    return state


def push(home: Home, store: Store) -> State:
    """Bring a store up to its home, and return its state: the same one where nothing is new.

    Raises:
        StoreError: another run wrote to the store since this home was pulled; what this one made stays in the home.
    """
    before, known = latest_state(store), _known(home, store)
    if before.number != (known.number if known else 0):
        raise StoreError(
            f"{store.url}: another run wrote to it since {home.folder} was pulled; run gongkai build to pull and go on"
        )
    after = replace(
        before,
        warcs=_push_archive(home, store, before),
        parts=_push_parts(home, store, before),
        files=_push_files(home, store, before),
    )
    release, published = latest_release(home.folder), _releases(store)
    if release is not None and release.is_dir() and release.name != published_version(published):
        publish_release(release, published)
    if after == before:
        return before
    after = put_state(store, after)
    _remember(home, store, after)
    # A ledger can be made again: that of the state before is kept beside the one that holds.
    wanted = {after.files.get(LEDGER), before.files.get(LEDGER)}
    for name in store.names("files"):
        if name.startswith(f"files/{LEDGER}-") and name not in wanted:
            store.remove(name)
    return after


def _push_archive(home: Home, store: Store, before: State) -> dict:
    warcs = dict(before.warcs)
    if home.archive.is_dir():
        # The index knows where the last whole group of records ends, also while a crawl is writing.
        with Archive(home.archive) as archive:
            for path in archive.files():
                end = archive.index.indexed_to(path.name)
                if end != before.length(path.name):
                    warcs[path.name] = push_warc(path, end, store, before.warcs.get(path.name, ()))
    return warcs


def _push_parts(home: Home, store: Store, before: State) -> tuple[str, ...]:
    there = set(before.parts)
    new = sorted(home.made_names() - there)
    # Those of a push that was cut off, or that workers of a cluster wrote.
    stored = {*store.names("parts"), *store.names("documents")} if new else set()
    for name in new:
        if name not in stored:
            store.put(home.folder / name, name)
    return tuple(sorted(there.union(new)))


def _push_files(home: Home, store: Store, before: State) -> dict[str, str]:
    files = dict(before.files)
    with TemporaryDirectory(prefix="gongkai-") as folder:
        copies = {name: home.folder / name for name in BY_HAND if (home.folder / name).is_file()}
        if home.ledger.is_file():
            copies[LEDGER] = Path(folder) / LEDGER
            _copy_ledger(home.ledger, copies[LEDGER])
        for name, path in copies.items():
            stored = f"files/{name}-{sha256(path)}"
            if files.get(name) != stored:
                store.put(path, stored)
                files[name] = stored
    return files


def _pull_files(home: Home, store: Store, state: State, known: State | None) -> None:
    for name, stored in state.files.items():
        path = home.folder / name
        if path.is_file() and (digest := _digest(stored)) != sha256(path):
            last = known.files.get(name) if known else None
            if name in BY_HAND and (last is None or _digest(last) != sha256(path)):
                raise StoreError(
                    f"{path}: was changed here and in {store.url} ({digest[:12]}); put the rows of both into the one here, "
                    f"copy {store.address(stored)} aside and remove it from there"
                )
        if name == LEDGER:
            for suffix in ("-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        try:
            store.get(stored, path)
        except FileNotFoundError as error:
            if name in BY_HAND:
                raise StoreError(
                    f"{store.address(stored)}: is not there; restore it, it cannot be made again"
                ) from error


def _pull_release(home: Home, store: Store) -> None:
    """Fetch the release that ``latest`` names there, whole, and point at it here."""
    published = _releases(store)
    version = published_version(published)
    if version is None:
        return
    if not (home.releases / version).is_dir():
        aside = home.releases / f".{version}.pulled"
        for name in published.names(version):
            place = aside / name.removeprefix(f"{version}/")
            if not place.exists():
                published.get(name, place)
        aside.rename(home.releases / version)
    point(home.folder, version)


def _releases(store: Store) -> Store:
    return open_store(f"{store.url.rstrip('/')}/releases")


def _refuse_two_ways(home: Home, store: Store, state: State, known: State | None) -> None:
    """Refuse a home whose archive is not the beginning of the store's, or that went on while the store did."""
    for path in sorted(home.archive.glob("*.warc.gz")):
        size = path.stat().st_size
        if size > state.length(path.name) or (known is not None and size > known.length(path.name)):
            raise StoreError(
                f"{path}: holds {size} bytes that are not in {store.url}, which another run wrote to; "
                "crawl and import from one home at a time. Import this file into the other home to keep it"
            )
        with path.open("rb") as file:
            for segment in state.warcs.get(path.name, ()):
                if segment.end > size:
                    break
                file.seek(segment.start)
                if hashlib.sha256(file.read(segment.end - segment.start)).hexdigest() != segment.sha256:
                    raise StoreError(
                        f"{path}: is not what {store.url} holds of it; give another --home, or another --store"
                    )


def _copy_ledger(ledger: Path, copy: Path) -> None:
    """Copy the ledger as it is at one moment, also while a run writes to it."""
    with closing(sqlite3.connect(ledger, timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _digest(stored: str) -> str:
    return stored.rpartition("-")[2]


def _known(home: Home, store: Store) -> State | None:
    """Return the state that this home last had in common with this store."""
    if not home.store.is_file():
        return None
    url, _, text = home.store.read_text(encoding="utf-8").partition("\n")
    return State.from_json(text) if url == store.url else None


def _remember(home: Home, store: Store, state: State) -> None:
    write_whole(home.store, f"{store.url}\n{state.to_json()}")
