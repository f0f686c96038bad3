"""One command at a time writes to a home: a lock on it, and who has it.

``HOME/writing.lock`` is locked by the operating system, which takes the lock back when the process ends in whatever way. So a lock
that can be taken is free, whatever stands in ``HOME/writing.json``: the command, host, process and start of whoever has it, for the
message to others. Readers need no lock: releases are moved into place whole, and never change. The lock holds between processes
of one machine; over a network file system it holds as far as that passes ``flock`` on.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from extract.errors import HomeInUseError
from flows.home.home import Home
from flows.terminal.output import say
from publish.files.release_files import ASIDE, write_whole


@contextmanager
def writing(home: Home, command: str, *, wait: bool = False) -> Iterator[None]:
    """Have a home alone for a ``with`` block in which ``gongkai COMMAND`` writes to it; ``wait`` for whoever has it now.

    What an earlier command left half made is cleared away, and a damaged ledger or index is deleted: it is made again.

    Raises:
        HomeInUseError: another command is writing to it, and ``wait`` was not asked for.
        OSError: the home cannot be written to.
    """
    home.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        if not wait:
            raise HomeInUseError(
                f"{home.folder}: {_holder_text(home)} is writing to it; run this again when that has ended, or with --wait"
            ) from None
        say(f"waiting until {_holder_text(home)} has ended")
        lock.acquire(timeout=-1)
    try:
        if left := _holder(home):
            say(
                f"gongkai {left.get('command')} of {left.get('started')} was stopped before its end; going on from there"
            )
        holder = {
            "command": command,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            write_whole(home.holder, json.dumps(holder) + "\n")
            _clear_away(home)
            yield
        finally:
            home.holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _holder(home: Home) -> dict[str, Any]:
    """Return what ``writing.json`` says; nothing where it is not there or cannot be read."""
    try:
        holder = json.loads(home.holder.read_bytes())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _holder_text(home: Home) -> str:
    holder = _holder(home)
    if not holder:
        return "another command"
    text = f"gongkai {holder.get('command')} (process {holder.get('process')} on {holder.get('host')}, since {holder.get('started')})"
    if holder.get("host") == socket.gethostname() and not _is_running(holder.get("process")):
        return f"{text}, which has ended while something it started still runs,"
    return text


def _is_running(process: object) -> bool:
    if not isinstance(process, int):
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # of another user
    return True


def _clear_away(home: Home) -> None:
    for left in home.releases.glob(ASIDE):
        shutil.rmtree(left, ignore_errors=True)
    for database in (home.ledger, home.archive / "index.sqlite"):
        if database.is_file() and (damage := _damage(database)):
            say(f"{database}: is damaged ({damage}); it is made again")
            for suffix in ("", "-wal", "-shm"):
                Path(f"{database}{suffix}").unlink(missing_ok=True)


def _damage(database: Path) -> str:
    """Return what is wrong with an SQLite file; nothing where nothing is."""
    try:
        with closing(sqlite3.connect(database, timeout=60)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise  # no damage: the disk, a permission
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found)
