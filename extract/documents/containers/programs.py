"""The members of a RAR or 7z archive, taken out by a program of the system where there is one.

The program unpacks into a folder of its own while its size is watched; links in the archive are not followed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from extract.documents.shared.limits import was_ended, within
from extract.errors import UnfinishedDocument, UnreadableDocument

#: Processor time of a program, and how long it may take on the clock.
_SECONDS, _ON_THE_CLOCK = 30.0, 600.0
_PAUSE = 0.05
_INSTALL = {
    "rar": "install unar, unrar or libarchive-tools (bsdtar)",
    "7z": "install 7zip, p7zip-full or libarchive-tools (bsdtar)",
}
# Arguments of each program: archive and folder are put in. An empty password, so that none waits for one.
_SEVEN = ("x", "-y", "-bd", "-p", "-o{folder}", "{archive}")
_BSDTAR = ("-x", "-f", "{archive}", "-C", "{folder}", "--no-same-owner", "--no-same-permissions")
_PROGRAMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "7z": (("7zz", _SEVEN), ("7z", _SEVEN), ("7za", _SEVEN), ("7zr", _SEVEN), ("bsdtar", _BSDTAR)),
    "rar": (
        ("unrar", ("x", "-y", "-p-", "-inul", "{archive}", "{folder}/")),
        ("bsdtar", _BSDTAR),
        ("7zz", _SEVEN),
        ("7z", _SEVEN),
        ("unar", ("-quiet", "-force-overwrite", "-password", "", "-output-directory", "{folder}", "{archive}")),
    ),
}


def installed() -> list[str]:
    """Return the names of the programs that can unpack archives and are installed, sorted."""
    names = {name for programs in _PROGRAMS.values() for name, _ in programs}
    return sorted(name for name in names if shutil.which(name))


def program_entries(kind: str, data: bytes, limit: int) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Yield each member's name and what gives its bytes if they fit into a number of bytes.

    Raises:
        UnreadableDocument: no program is installed (the reason says which to install), none could unpack the archive, or
            it unpacks to more than ``limit`` bytes.
        UnfinishedDocument: one took too long.
    """
    there = [(path, arguments) for name, arguments in _PROGRAMS[kind] if (path := shutil.which(name))]
    what = kind.upper() if kind == "rar" else kind
    if not there:
        raise UnreadableDocument(f"the {what} archive needs a program to unpack it: {_INSTALL[kind]}")
    with tempfile.TemporaryDirectory(prefix="gongkai-archive-") as folder:
        archive = Path(folder) / f"archive.{kind}"
        archive.write_bytes(data)
        reason = ""
        for number, (program, arguments) in enumerate(there):
            target = Path(folder) / str(number)
            target.mkdir()
            reason = _run([program, *(a.format(archive=archive, folder=target) for a in arguments)], target, limit)
            if not reason:
                yield from ((_name(path, target), partial(_take, path)) for path in _files(target))
                return
            # Not even the members before the damage: a file cut in the middle of a figure shows no damage of its own.
            shutil.rmtree(target, ignore_errors=True)
        raise UnreadableDocument(f"the {what} archive cannot be unpacked: {reason}")


def _run(command: list[str], target: Path, limit: int) -> str:
    """Run a program and return why it failed, "" where it did not. Raises UnfinishedDocument where it took too long."""
    log = target.parent / f"{target.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            within(_SECONDS, command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        end = time.monotonic() + _ON_THE_CLOCK
        try:
            while process.poll() is None:
                if time.monotonic() > end:
                    raise UnfinishedDocument(f"{Path(command[0]).name} took longer than {_ON_THE_CLOCK:g} s")
                if _size(target) > limit:
                    return f"it unpacks to more than {limit} bytes"
                time.sleep(_PAUSE)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if _size(target) > limit:
        return f"it unpacks to more than {limit} bytes"
    if process.returncode == 0:
        return ""
    if was_ended(process.returncode):
        raise UnfinishedDocument(f"{Path(command[0]).name} was ended (after {_SECONDS:g} s of processor time?)")
    said = log.read_bytes().decode("utf-8", "replace")
    if "assword" in said or "assphrase" in said or "ncrypted" in said:
        return "it is encrypted with a password"
    errors = [line.strip() for line in said.splitlines() if "rror" in line or Path(command[0]).name in line]
    return (errors[-1] if errors else f"{Path(command[0]).name} ended with code {process.returncode}").replace(
        str(target.parent), ""
    )


def _files(folder: Path) -> list[Path]:
    """Return the plain files, in the order of their names: no links, no devices."""
    return sorted(path for path in folder.rglob("*") if stat.S_ISREG(path.lstat().st_mode))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_size
    return total


def _name(path: Path, folder: Path) -> str:
    raw = os.fsencode(path.relative_to(folder).as_posix())
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _take(path: Path, room: int) -> bytes:
    size = path.stat().st_size
    if size > room:
        raise UnreadableDocument(f"left unread: it has {size} bytes, more than the {room} left for it")
    return path.read_bytes()
