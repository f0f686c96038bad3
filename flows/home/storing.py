"""A home and its durable copy: what is in the store comes into the home before a run, what the run made goes there after.

The home on this machine is where work is done, the store (``--store``, GONGKAI_STORE) is what is not lost with it. In a store
files are only added: WARC files, parts and cached documents under their own names, the ledger and what people read under
numbers that count up (``files/readings.csv/00000003``). ``store.json`` in the home says what was last the same in both.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from extract.archiving.store import Store, open_store
from extract.archiving.stored_archive import pull_warcs, push_warcs
from extract.errors import ReleaseError, StoreError
from flows.home.home import Home
from publish.compare.latest import latest_release, point
from publish.files.release_files import sha256, write_whole
from publish.releasing.publishing import publish_release, published_version

#: The store's address, as the environment and the option --store give it.
STORE = "GONGKAI_STORE"
LEDGER, BY_HAND = "ledger.sqlite", ("readings.csv", "audit.csv")
#: Versions of a file that stay; of the ledger, which can be made again, fewer.
_KEPT = {LEDGER: 2}
_KEPT_OTHERWISE = 20
#: Where a gongkai before 0.2 noted the states of a store.
_OLD_LAYOUT = "states"


@dataclass
class Common:
    """What a home and its store last had in common: names of WARC files, and number and sha256 of each other file."""

    url: str
    warcs: list[str] = field(default_factory=list)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


def store_of_environment() -> Store | None:
    """Return the store that GONGKAI_STORE names; None where it is not set.

    Raises:
        UsageError: it names no file system.
    """
    url = os.environ.get(STORE)
    return open_store(url) if url else None


def pull_home(home: Home) -> None:
    """Bring a home up to the store that GONGKAI_STORE names, if it names one.

    Raises:
        StoreError, UsageError: as ``pull`` and ``store_of_environment``; nothing should be made of a home that may be behind.
    """
    if store := store_of_environment():
        pull(home, store)


def push_home(home: Home) -> str:
    """Bring the store that GONGKAI_STORE names up to a home, if it names one; return why it could not be, or nothing."""
    try:
        if (store := store_of_environment()) and home.folder.is_dir():
            push(home, store)
    except (StoreError, ReleaseError) as error:
        return str(error)
    return ""


def for_cluster(home: Home) -> str:
    """Bring the store up to a home and return its address, from which workers of a cluster read the archive; nothing where no
    store is named or it is a folder of this machine.

    Raises:
        StoreError: as ``push``.
    """
    store = store_of_environment()
    if store is None or store.is_local:
        return ""
    push(home, store)
    return store.url.rstrip("/")


def fetch_made(home: Home, names: Iterable[str]) -> None:
    """Fetch parts and files of cached documents (``parts/NAME``, ``documents/NAME``) that a worker of a cluster wrote to the store.

    Raises:
        StoreError: one cannot be had.
    """
    store = store_of_environment()
    for name in names:
        if store and not (home.folder / name).is_file():
            store.get(name, home.folder / name)


def pull(home: Home, store: Store) -> None:
    """Bring a home up to its store: archive, parts, cached documents, ledger, what people read, and the latest release.

    Raises:
        StoreError: both hold another file of the same name, or what people read was changed in both.
    """
    common = _common(home, store)
    names = store.names()
    _refuse_old_layout(store, names)
    if not names:
        if common.warcs or common.files:
            raise StoreError(
                f"{store.url}: is empty, but {home.folder} was kept there; check the address, or delete {home.store}"
            )
        return
    common.warcs = pull_warcs(home.archive, store, common.warcs)
    _pull_files(home, store, names, common)
    _pull_release(home, store)
    there = home.made_names()
    for name in names:
        if name.startswith(("parts/", "documents/")) and name not in there:
            store.get(name, home.folder / name)
    _remember(home, common)


def push(home: Home, store: Store) -> None:
    """Bring a store up to its home; nothing is written where nothing is new.

    Raises:
        StoreError: the store holds another file of the same name, or what people read was changed in both.
    """
    common = _common(home, store)
    names = store.names()
    _refuse_old_layout(store, names)
    common.warcs = sorted({*common.warcs, *push_warcs(home.archive, store, common.warcs)})
    for name in sorted(home.made_names().difference(names)):
        store.put(home.folder / name, name)
    _push_files(home, store, names, common)
    release, published = latest_release(home.folder), _releases(store)
    if release is not None and release.is_dir() and release.name != published_version(published):
        publish_release(release, published)
    _remember(home, common)


def _push_files(home: Home, store: Store, names: list[str], common: Common) -> None:
    with TemporaryDirectory(prefix="gongkai-") as folder:
        copies = {name: home.folder / name for name in BY_HAND if (home.folder / name).is_file()}
        if home.ledger.is_file():
            copies[LEDGER] = Path(folder) / LEDGER
            _copy_ledger(home.ledger, copies[LEDGER])
        for name, path in copies.items():
            number, digest = common.files.get(name, (0, ""))
            if digest == (now := sha256(path)):
                continue
            last = max(_numbers(names, name), default=0)
            if name == LEDGER:
                number = last + 1
                store.put(path, _numbered(name, number))
            elif last == number and store.create(_numbered(name, number + 1), path.read_bytes()):
                number += 1
            else:
                raise _changed_in_both(path, store, name, last)
            common.files[name] = number, now
            for old in sorted(_numbers(names, name))[: -_KEPT.get(name, _KEPT_OTHERWISE)]:
                store.remove(_numbered(name, old))


def _pull_files(home: Home, store: Store, names: list[str], common: Common) -> None:
    for name in (LEDGER, *BY_HAND):
        last = max(_numbers(names, name), default=0)
        number, digest = common.files.get(name, (0, ""))
        if last == number:
            continue
        path = home.folder / name
        fetched = path.with_name(f".{name}.fetched")
        store.get(_numbered(name, last), fetched)
        now = sha256(fetched)
        if name in BY_HAND and path.is_file() and sha256(path) not in (digest, now):
            fetched.unlink()
            raise _changed_in_both(path, store, name, last)
        if name == LEDGER:
            for suffix in ("-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        fetched.replace(path)
        common.files[name] = last, now


def _numbers(names: Iterable[str], name: str) -> list[int]:
    found = [one.rpartition("/")[2] for one in names if one.startswith(f"files/{name}/")]
    return [int(number) for number in found if number.isdecimal()]


def _numbered(name: str, number: int) -> str:
    return f"files/{name}/{number:08d}"


def _changed_in_both(path: Path, store: Store, name: str, number: int) -> StoreError:
    return StoreError(
        f"{path}: was changed here and in {store.address(_numbered(name, number))}; put the rows of both into the one here, "
        "copy the one there aside and remove it"
    )


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


def _refuse_old_layout(store: Store, names: Iterable[str]) -> None:
    if any(name.startswith(f"{_OLD_LAYOUT}/") for name in names):
        raise StoreError(
            f"{store.url}: is laid out by a gongkai before 0.2; let that version pull it into a home once more, then give this one "
            "that home and an empty address"
        )


def _copy_ledger(ledger: Path, copy: Path) -> None:
    """Copy the ledger as it is at one moment, also while a run writes to it."""
    with closing(sqlite3.connect(ledger, timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _common(home: Home, store: Store) -> Common:
    """Return what this home last had in common with this store; nothing with one of another address."""
    try:
        known = json.loads(home.store.read_text(encoding="utf-8"))
        files = {name: (int(number), str(digest)) for name, (number, digest) in known["files"].items()}
        return Common(store.url, list(known["warcs"]), files) if known["url"] == store.url else Common(store.url)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Common(store.url)  # compared anew


def _remember(home: Home, common: Common) -> None:
    write_whole(home.store, json.dumps(asdict(common), indent=1, sort_keys=True) + "\n")
