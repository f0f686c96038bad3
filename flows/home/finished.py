"""What earlier runs have finished, with the fingerprint of what it was made from: how a run knows there is nothing to do.

A table of its own in the ledger's file. It holds no data: a lost row costs one repetition and changes no release.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS finished (
    work TEXT PRIMARY KEY, inputs TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Finished:
    """One piece of work (``crawl/PORTAL_ID``, ``release/VERSION``), the sha256 of its inputs, what it gave and when."""

    work: str
    inputs: str
    result: str
    at: str


def note(ledger: Path, finished: Finished) -> None:
    """Keep that a piece of work is finished."""
    with _open(ledger) as connection:
        row = (finished.work, finished.inputs, finished.result, finished.at)
        connection.execute("INSERT OR REPLACE INTO finished VALUES (?, ?, ?, ?)", row)


def load(ledger: Path, kind: str) -> dict[str, Finished]:
    """Return the finished works of one kind (``crawl`` or ``release``) by the name behind the slash."""
    with _open(ledger) as connection:
        rows = connection.execute("SELECT * FROM finished WHERE work >= ? AND work < ?", (f"{kind}/", f"{kind}0"))
        return {row[0].partition("/")[2]: Finished(*row) for row in rows}


@contextmanager
def _open(ledger: Path) -> Iterator[sqlite3.Connection]:
    ledger.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(ledger, timeout=60)
    try:
        with connection:
            connection.execute(_SCHEMA)
            yield connection
    finally:
        connection.close()
