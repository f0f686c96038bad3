"""The archive's index: an SQLite table of Records by address and by sha256, made from the WARC files' metadata."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

from extract.archiving.warc import Original
from extract.record import Record

_COLUMNS = [field.name for field in dataclass_fields(Record) if not field.name.startswith("warc_")]
# Beyond the Record: what conditional requests and revisit records need.
_COLUMNS += ["payload_digest", "etag", "last_modified"]
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS records (
    file TEXT NOT NULL, group_end INTEGER NOT NULL, {", ".join(_COLUMNS)}, PRIMARY KEY (file, group_end)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_url ON records (url);
CREATE INDEX IF NOT EXISTS records_requested_url ON records (requested_url);
CREATE INDEX IF NOT EXISTS records_parent ON records (parent_url);
CREATE INDEX IF NOT EXISTS records_portal ON records (portal_id, kind);
CREATE INDEX IF NOT EXISTS records_digest ON records (payload_digest);
CREATE TABLE IF NOT EXISTS payloads (
    document_id TEXT NOT NULL, warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL,
    PRIMARY KEY (document_id, warc_file, warc_offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (file TEXT PRIMARY KEY, indexed_to INTEGER NOT NULL) WITHOUT ROWID;
"""
_SELECT = """
SELECT r.*, p.warc_file, p.warc_offset FROM records r LEFT JOIN payloads p ON p.document_id = r.document_id
    AND (p.warc_file, p.warc_offset) =
        (SELECT q.warc_file, q.warc_offset FROM payloads q WHERE q.document_id = r.document_id ORDER BY 1, 2 LIMIT 1)
"""


class Index:
    """The index file. Its order is the WARC files' order, so that one made anew is the same."""

    def __init__(self, path: Path):
        self.path = path
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False, timeout=60)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_SCHEMA)
            known = [row[1] for row in connection.execute("PRAGMA table_info(records)")]
        except sqlite3.DatabaseError:
            known = []
        if known == ["file", "group_end", *_COLUMNS]:
            return connection
        # Damaged, or of another version: it holds nothing that the WARC files don't.
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        return self._open()

    def close(self) -> None:
        self._connection.close()

    def commit(self) -> None:
        self._connection.commit()

    def clear(self) -> None:
        for table in ("records", "payloads", "files"):
            self._connection.execute(f"DELETE FROM {table}")

    def forget(self, file: str) -> None:
        """Remove what is known of one WARC file."""
        self._connection.execute("DELETE FROM records WHERE file = ?", (file,))
        self._connection.execute("DELETE FROM payloads WHERE warc_file = ?", (file,))
        self._connection.execute("DELETE FROM files WHERE file = ?", (file,))

    def add(self, file: str, group_end: int, fields: dict[str, Any], payload_offset: int | None) -> None:
        """Add one attempt: its metadata's fields, and where its payload's record lies, if it brought one."""
        values = [fields.get(name) for name in _COLUMNS]
        marks = ", ".join("?" * (len(values) + 2))
        self._connection.execute(f"INSERT OR REPLACE INTO records VALUES ({marks})", (file, group_end, *values))
        if payload_offset is not None:
            self._connection.execute(
                "INSERT OR IGNORE INTO payloads VALUES (?, ?, ?)", (fields["document_id"], file, payload_offset)
            )
        self._connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (file, group_end))

    def indexed_to(self, file: str) -> int:
        row = self._connection.execute("SELECT indexed_to FROM files WHERE file = ?", (file,)).fetchone()
        return row[0] if row else 0

    def count(self) -> int:
        return self._connection.execute("SELECT count(*) FROM records").fetchone()[0]

    def rows(self, *, kind: str | None = None, outcome: str | None = None) -> Iterator[sqlite3.Row]:
        where = [(name, value) for name, value in (("kind", kind), ("outcome", outcome)) if value is not None]
        clause = " WHERE " + " AND ".join(f"r.{name} = ?" for name, _ in where) if where else ""
        order = " ORDER BY r.retrieved_at, r.url, r.file, r.group_end"
        return iter(self._connection.execute(_SELECT + clause + order, [value for _, value in where]))

    def good_rows(self, column: str, value: str) -> list[sqlite3.Row]:
        """Return the ok rows with a value in one of the indexed columns, in the order of ``rows``."""
        order = "ORDER BY r.retrieved_at, r.url, r.file, r.group_end"
        return self._connection.execute(
            f"{_SELECT} WHERE r.{column} = ? AND r.outcome = 'ok' {order}", (value,)
        ).fetchall()

    def holds(self, vantage: str) -> bool | None:
        """Tell whether any attempt was made from a vantage; None where no attempt is on record."""
        if self._connection.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None:
            return None
        return (
            self._connection.execute("SELECT 1 FROM records WHERE vantage = ? LIMIT 1", (vantage,)).fetchone()
            is not None
        )

    def documents(self) -> int:
        """Return how many documents lie in the archive."""
        return self._connection.execute("SELECT count(DISTINCT document_id) FROM payloads").fetchone()[0]

    def last_at(self, day: str | None = None) -> str | None:
        """Return the time of the last attempt up to the end of a day (UTC; default: of all)."""
        query = "SELECT max(retrieved_at) FROM records WHERE ? IS NULL OR substr(retrieved_at, 1, 10) <= ?"
        return self._connection.execute(query, (day, day)).fetchone()[0]

    def synthetic(self, day: str | None = None) -> set[bool]:
        """Return what attempts up to the end of a day (UTC; default: all) say of being invented."""
        query = "SELECT DISTINCT synthetic FROM records WHERE ? IS NULL OR substr(retrieved_at, 1, 10) <= ?"
        return {bool(row[0]) for row in self._connection.execute(query, (day, day))}

    def first_at(self) -> str | None:
        """Return the time of the first attempt."""
        return self._connection.execute("SELECT min(retrieved_at) FROM records").fetchone()[0]

    def rows_of(self, file: str) -> list[sqlite3.Row]:
        """Return the rows of one WARC file."""
        query = "SELECT * FROM records WHERE file = ? ORDER BY group_end"
        return self._connection.execute(query, (file,)).fetchall()

    def years(self, portal_id: str) -> dict[int, int]:
        """Return how many addresses of reports are archived for a portal, by the year in their titles."""
        query = (
            "SELECT link_year, count(DISTINCT coalesce(requested_url, url)) FROM records WHERE portal_id = ?"
            " AND kind = 'report' AND outcome = 'ok' AND link_year IS NOT NULL GROUP BY link_year ORDER BY link_year"
        )
        return {row[0]: row[1] for row in self._connection.execute(query, (portal_id,))}

    def latest(self, url: str, *, own: bool = False, kinds: tuple[str, ...] = ()) -> sqlite3.Row | None:
        """Return the last ok row of an address; ``own``: only where the address itself answered, no redirect."""
        found = []
        of_kind = f" AND r.kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        for column in ("url",) if own else ("url", "requested_url"):
            query = f"{_SELECT} WHERE r.{column} = ? AND r.outcome = 'ok'{of_kind} ORDER BY r.retrieved_at DESC LIMIT 1"
            if row := self._connection.execute(query, (url, *kinds)).fetchone():
                found.append(row)
        return max(found, key=lambda row: row["retrieved_at"], default=None)

    def tried(self, url: str) -> bool:
        """Tell whether an address was ever asked for, whatever came of it."""
        query = (
            "SELECT 1 FROM records WHERE (url = ? OR requested_url = ?) AND (reason IS NULL OR reason NOT LIKE 'not asked%')"
            " LIMIT 1"
        )
        return self._connection.execute(query, (url, url)).fetchone() is not None

    def original(self, payload_digest: str, document_id: str | None) -> Original | None:
        """Return the first archived answer with this body, which decodes to this document."""
        row = self._connection.execute(
            "SELECT url, retrieved_at FROM records WHERE payload_digest = ? AND document_id = ? AND kind != 'import'"
            " ORDER BY file, group_end LIMIT 1",
            (payload_digest, document_id),
        ).fetchone()
        return Original(row["url"], row["retrieved_at"]) if row else None

    def place(self, document_id: str) -> tuple[str, int] | None:
        row = self._connection.execute(
            "SELECT warc_file, warc_offset FROM payloads WHERE document_id = ? ORDER BY warc_file, warc_offset LIMIT 1",
            (document_id,),
        ).fetchone()
        return (row[0], row[1]) if row else None
