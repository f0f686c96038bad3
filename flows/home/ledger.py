"""The ledger (``HOME/ledger.sqlite``): what became of each document that was read, and under which version of the reader.

It can be made anew from the archive by reading everything again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, part TEXT,
    inputs TEXT NOT NULL, why TEXT NOT NULL, again INTEGER NOT NULL, PRIMARY KEY (document_id, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (version TEXT PRIMARY KEY, readers TEXT NOT NULL, made_of TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """What reading one document gave under one version of the code and the reference data.

    ``status``: that of the report (contract.md, reports); ``part`` names the file under
    HOME/parts that holds what was read. ``inputs`` is the sha256 of what the reading was told beside code and reference
    data (the bytes of all documents read together, what list pages say), ``why`` the reason why it was read. ``again``: the
    machine may be why it could not be read (time, memory, a worker that was killed), and the next run tries again.
    """

    document_id: str
    version: str
    status: str
    reason: str | None = None
    part: str | None = None
    inputs: str = ""
    why: str = ""
    again: bool = False


@dataclass(frozen=True)
class ReaderVersion:
    """A version under which documents were read: which readers took part (``flows/cache/keys.py``), and a line for everything
    that made it (folders, files, libraries)."""

    version: str
    readers: str
    made_of: tuple[str, ...]


class Ledger:
    """The ledger file, made where it is missing. Safe to use from several threads."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(self.path, check_same_thread=False, timeout=60)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)
        for table, kind in (("documents", DocumentOutcome), ("versions", ReaderVersion)):
            known = [row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")]
            if known != list(kind.__dataclass_fields__):
                # Of an older gongkai: it holds nothing that reading again does not give.
                self._connection.execute(f"DROP TABLE {table}")
                self._connection.executescript(_SCHEMA)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def outcomes(self, versions: Iterable[str]) -> list[DocumentOutcome]:
        """Return the outcomes of all documents read under some versions, sorted by document."""
        wanted = sorted(set(versions))
        query = (
            f"SELECT * FROM documents WHERE version IN ({', '.join('?' * len(wanted))}) ORDER BY document_id, version"
        )
        same: dict[Any, Any] = {}  # what thousands of outcomes repeat is held once

        def share(value: Any) -> Any:
            return same.setdefault(value, value)

        with self._lock:
            return [
                DocumentOutcome(
                    document, share(version), share(status), share(reason), share(part), inputs, share(why), bool(again)
                )
                for document, version, status, reason, part, inputs, why, again in self._connection.execute(
                    query, wanted
                )
            ]

    def counts(self) -> dict[str, int]:
        """Return how many outcomes each version has."""
        with self._lock:
            return dict(
                self._connection.execute("SELECT version, count(*) FROM documents GROUP BY version ORDER BY version")
            )

    def versions(self) -> list[ReaderVersion]:
        """Return every version under which documents were read."""
        with self._lock:
            rows = self._connection.execute("SELECT * FROM versions ORDER BY version").fetchall()
        return [ReaderVersion(version, readers, tuple(made_of.split("\n"))) for version, readers, made_of in rows]

    def record_outcomes(
        self,
        outcomes: Iterable[DocumentOutcome],
        versions: Iterable[ReaderVersion] = (),
        *,
        instead_of: Iterable[str] = (),
    ) -> None:
        """Keep a batch of outcomes, and the versions under which they came about, at once.

        What the documents gave under the versions ``instead_of`` is forgotten.
        """
        rows = [astuple(one) for one in outcomes]
        old = [(row[0], version) for version in instead_of for row in rows]
        made = [(one.version, one.readers, "\n".join(one.made_of)) for one in versions]
        with self._lock, self._connection:
            self._connection.executemany("DELETE FROM documents WHERE document_id = ? AND version = ?", old)
            self._connection.executemany("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", made)
            self._connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
