"""The sample portal crawled and read without Prefect, once for a whole test session: a home, its records, its tables."""

from __future__ import annotations

import atexit
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from extract.archiving.archive import Archive
from extract.crawling.sample_portal import serve_sample
from extract.fetching.fetch import Fetcher
from extract.portals.registry import load_portals
from extract.record import Record
from flows.home.home import SAMPLE_VANTAGE, Home
from flows.reading.read import reading_pool
from flows.releasing.assembling import write_release_tables
from flows.releasing.release_archive import SAMPLE_PORTALS
from flows.releasing.sharding import Origin
from publish.files.stored import StoredTables
from publish.schema.schemas import load_schemas
from tests.crawling import crawl
from tests.to_read import documents_to_read
from tests.whole_line import read_batch

VERSION = "2026.6.0-sample"


@dataclass(frozen=True)
class Sample:
    """A home that holds the sample portal, every attempt made, and the tables a release would hold."""

    home: Home
    records: list[Record]
    tables: dict[str, Any]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.tables[table].to_pylist()


@cache
def sample() -> Sample:
    """Crawl, read and assemble the sample (some 15 seconds, once a process)."""
    folder = tempfile.TemporaryDirectory(prefix="gongkai-sample-")
    atexit.register(folder.cleanup)
    home = Home(Path(folder.name))
    fill(home)
    with Archive(home.archive) as archive:
        records = archive.records()
    made = home.folder / "tables"
    made.mkdir()
    assert write_release_tables(Origin(home), made, VERSION) == []
    return Sample(home, records, dict(StoredTables(made, load_schemas())))


def fill(home: Home) -> None:
    """Crawl the sample portal into a home and read its documents."""
    with serve_sample() as hosts, Archive(home.archive, write=True) as archive:
        fetcher = Fetcher(rate=0.0, backoff=0.05, host_map={host: (str(a), int(p)) for host, (a, p) in hosts.items()})
        crawl(load_portals(SAMPLE_PORTALS), archive, fetcher=fetcher, vantage=SAMPLE_VANTAGE, workers=4)
    with Archive(home.archive) as archive, reading_pool(1) as pool:
        read_batch(home, documents_to_read(home, archive), pool)
