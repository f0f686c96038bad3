"""What the machine refuses (room, permission, a damaged database), as one line for the person at the terminal.

Comes in: an exception that nobody expected. Goes out: its text, or nothing where it is a fault of the program.
"""

from __future__ import annotations

import errno
import os
import sqlite3

#: What to do, by the number of the error.
_DO = {
    errno.ENOSPC: "make room on the disk and run the same command again",
    errno.EDQUOT: "make room (the quota is used up) and run the same command again",
    errno.EFBIG: "a limit on the size of files is reached; raise it and run the same command again",
    errno.EROFS: "it lies on a file system that is read only; give another folder with --home",
    errno.EACCES: "give yourself the right to it, or another folder with --home",
    errno.EPERM: "give yourself the right to it, or another folder with --home",
    errno.EMFILE: "raise the number of files a process may open (ulimit -n)",
    errno.EIO: "the disk or its connection fails; look into the system's log",
}
#: How the messages of SQLite, DuckDB and Arrow begin or go on where the operating system refused them something.
_REFUSED = (
    "disk is full",
    "disk I/O error",
    "readonly database",
    "unable to open database file",
    "database is locked",
    "disk image is malformed",
    "file is not a database",
    "No space left on device",
    "Permission denied",
    "Read-only file system",
    "File too large",
)


def machine_trouble(error: BaseException) -> str:
    """Return one line on what the machine refused, with what to do; nothing where the exception is something else."""
    if isinstance(error, MemoryError):
        return (
            "there is not enough memory; close other programs or give fewer --workers, and run the same command again"
        )
    if isinstance(error, OSError) and error.errno is not None:
        place = f"{error.filename}: " if error.filename is not None else ""
        reason = error.strerror or os.strerror(error.errno)
        return f"{place}{reason.splitlines()[0]}; {_DO.get(error.errno, 'see to it and run the same command again')}"
    lines = str(error).splitlines() or [""]
    # DuckDB says first what it was doing, and what it was refused in a later line.
    refused = next((line for line in lines if any(words in line for words in _REFUSED)), None)
    if refused is None and not isinstance(error, (OSError, sqlite3.Error)):
        return ""
    return f"{type(error).__name__}: {refused or lines[0]}; see to the disk and the rights to it, and run the same command again"
