"""How long a page takes from bytes to checked observations, beside the bare parse by lxml and by BeautifulSoup.

Run: ``python -m tests.bench_html [FOLDER]`` (pages of the sample portal without one). All three in one run, so that the
ratios hold whatever the machine; the figures are medians of rounds over all pages, in milliseconds of CPU time a page.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from statistics import median

from bs4 import BeautifulSoup
from lxml import html as lxml_html

from extract.documents.read_document import read_document
from transform.observation import Hints
from transform.reports.read_report import read_report

ROUNDS = 7
SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample" / "site"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    pages = [data for path in sorted(folder.rglob("*.html")) if (data := path.read_bytes()).count(b"<td") > 150]
    ways = {"gongkai": _read, "lxml bare parse": _lxml, "BeautifulSoup (lxml)": _soup}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for data in pages:
        _read(data)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            for data in pages:
                way(data)
            times[name].append((time.process_time() - start) * 1000 / len(pages))
    size = sum(map(len, pages)) / len(pages) / 1024
    print(f"{len(pages)} pages of {size:.0f} KB on average, {ROUNDS} rounds; peak memory after reading {memory:.0f} MB")
    base = median(times["lxml bare parse"])
    for name, values in times.items():
        print(f"{name:22}{median(values):8.2f} ms a page{median(values) / base:8.1f} x the bare parse")


def _read(data: bytes) -> None:
    read_report(read_document(data), Hints())


def _lxml(data: bytes) -> None:
    lxml_html.fromstring(data)


def _soup(data: bytes) -> None:
    BeautifulSoup(data, "lxml")


if __name__ == "__main__":
    main()
