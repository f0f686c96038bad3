"""A sample release of two real districts (an HTML report, a PDF one) and an invented one, made without Prefect, once for a test session."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from extract.archiving.archive import Archive
from extract.crawling.sample_portal import serve_sample
from extract.fetching.fetch import Fetcher
from extract.portals.registry import load_portals
from flows.home.home import SAMPLE_VANTAGE, Home
from flows.reading.read import reading_pool
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from tests.crawling import crawl
from tests.to_read import documents_to_read
from tests.whole_line import read_batch

#: 瑶海区 (its report of 2019 prints a total its parts miss), 洪泽区 (a PDF; under its code of 2023), and an invented district.
CODES = ("340102", "320829", "320813", "990102")


@cache
def small_release() -> Path:
    """Return the folder of the release; some ten seconds, once a process."""
    home = Home(Path(tempfile.mkdtemp(prefix="gongkai-small-")))
    fill_small(home, CODES)
    with Archive(home.archive) as archive, reading_pool(1) as pool:
        read_batch(home, documents_to_read(home, archive), pool)
    return release_archive(home, SAMPLE_PORTALS)


def fill_small(home: Home, codes: Sequence[str]) -> None:
    """Crawl the sample portals of some jurisdictions into a home."""
    portals = [p for p in load_portals(SAMPLE_PORTALS) if p.jurisdiction_code in codes]
    with serve_sample() as hosts, Archive(home.archive, write=True) as archive:
        fetcher = Fetcher(rate=0.0, backoff=0.05, host_map={host: (str(a), int(p)) for host, (a, p) in hosts.items()})
        crawl(portals, archive, fetcher=fetcher, vantage=SAMPLE_VANTAGE, workers=2)
