"""The ledger: what was tried for each jurisdiction and year, and what became of each document.

``HOME/ledger.sqlite``. The attempts are a digest of the archive's records (``refresh``), the documents' outcomes are
what reading them gave; both can be made anew from the archive.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from extract.record import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    document_id TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, part TEXT,
    inputs TEXT NOT NULL, why TEXT NOT NULL, again INTEGER NOT NULL, PRIMARY KEY (document_id, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (version TEXT PRIMARY KEY, readers TEXT NOT NULL, made_of TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
    jurisdiction_code TEXT NOT NULL, year INTEGER NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL,
    vantage TEXT NOT NULL, attempts INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
    last_url TEXT NOT NULL, last_reason TEXT,
    PRIMARY KEY (jurisdiction_code, year, kind, outcome, vantage)
) WITHOUT ROWID;
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
class Version:
    """A version under which documents were read: which readers took part (``flows/cache/keys.py``), and a line for everything
    that made it (folders, files, libraries)."""

    version: str
    readers: str
    made_of: tuple[str, ...]


@dataclass(frozen=True)
class Attempts:
    """What was tried for one jurisdiction and report year with one result.

    ``year`` is 0 where the attempt was for no single year (list pages, titles without a year). ``last_at`` is UTC.
    """

    jurisdiction_code: str
    year: int
    kind: str
    outcome: str
    vantage: str
    attempts: int
    first_at: str
    last_at: str
    last_url: str
    last_reason: str | None


class Ledger:
    """The ledger file, made where it is missing. Safe to use from several threads."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(self.path, check_same_thread=False, timeout=60)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)
        for table, kind in (("documents", DocumentOutcome), ("versions", Version)):
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

    def outcome(self, document_id: str, version: str) -> DocumentOutcome | None:
        """Return what a document gave under a version, or None if it was not read under it."""
        with self._lock:
            row = self._connection.execute(
                "SELECT * FROM documents WHERE document_id = ? AND version = ?", (document_id, version)
            ).fetchone()
        return DocumentOutcome(*row) if row else None

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

    def versions(self) -> list[Version]:
        """Return every version under which documents were read."""
        with self._lock:
            rows = self._connection.execute("SELECT * FROM versions ORDER BY version").fetchall()
        return [Version(version, readers, tuple(made_of.split("\n"))) for version, readers, made_of in rows]

    def record_outcome(
        self, document_id: str, version: str, status: str, reason: str | None = None, part: str | None = None
    ) -> None:
        """Keep what a document gave under a version, in place of what stood there."""
        self.record_outcomes([DocumentOutcome(document_id, version, status, reason, part)])

    def record_outcomes(
        self, outcomes: Iterable[DocumentOutcome], versions: Iterable[Version] = (), *, instead_of: Iterable[str] = ()
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

    def refresh(self, records: Iterable[Record]) -> int:
        """Make the attempts anew from all records of the archive, sorted by time; return how many attempts were counted."""
        counted: dict[tuple[str, int, str, str, str], Attempts] = {}
        total = 0
        for record in records:
            if record.kind == "robots":
                continue
            total += 1
            code, year, vantage = record.jurisdiction_code or "", record.link_year or 0, record.vantage or ""
            key = (code, year, record.kind, record.outcome, vantage)
            before = counted.get(key)
            counted[key] = Attempts(
                *key,
                attempts=before.attempts + 1 if before else 1,
                first_at=before.first_at if before else record.retrieved_at,
                last_at=record.retrieved_at,
                last_url=record.url,
                last_reason=record.reason,
            )
        rows = [astuple(one) for _, one in sorted(counted.items())]
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM attempts")
            self._connection.executemany(f"INSERT INTO attempts VALUES ({', '.join('?' * 10)})", rows)
        return total

    def attempts(self, jurisdiction_code: str | None = None, year: int | None = None) -> list[Attempts]:
        """Return what was tried, of all or of one jurisdiction and year, in the order of the table's key."""
        wanted = [("jurisdiction_code", jurisdiction_code), ("year", year)]
        where = [(name, value) for name, value in wanted if value is not None]
        clause = " WHERE " + " AND ".join(f"{name} = ?" for name, _ in where) if where else ""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT * FROM attempts{clause} ORDER BY 1, 2, 3, 4, 5", [value for _, value in where]
            ).fetchall()
        return [Attempts(*row) for row in rows]
