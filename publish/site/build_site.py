"""The site of a release: static pages that open from disk, built before the release's checksums are written.

Comes in: a release's directory with its codebook, its tables, and where there is one the archive, for the places of
figures. Goes out: ``site/``. The one thing to know: a release of more reports than ``MOST_REPORTS`` gets the overview pages
only; ``gongkai explore`` makes the others when they are asked for (``publish/site/on_demand.py``).
"""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from publish.compare.change_summary import counted
from publish.files.made_from import read_made_from
from publish.files.release_files import release_files
from publish.files.stored import stored
from publish.site.pages import Pages, report_page, unit_page
from publish.site.places import Payload, Source, sources
from publish.site.rows import RowsInMemory, RowsOnDisk

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "site"
#: A page of a report takes some 100 kB: the site of a release of this many reports stays below 100 MB.
MOST_REPORTS = 1_000
ASSETS = Path(__file__).resolve().parent / "assets"


def build_site(directory: Path, version: str, tables: Mapping[str, pa.Table], payload: Payload | None = None) -> None:
    """Write ``site/`` into a release's directory; the same release and archive give the same bytes.

    ``payload`` gives a document's bytes by its id: with it, each figure's place can be shown.
    """
    site = directory / FOLDER
    site.mkdir()
    for asset in sorted(ASSETS.iterdir()):
        shutil.copyfile(asset, site / asset.name)
    ids = stored(tables).columns("reports", "report_id")["report_id"].unique() if "reports" in tables else ()
    few = len(ids) <= MOST_REPORTS
    rows = RowsInMemory(dict(tables)) if few else RowsOnDisk(directory)
    pages = Pages(version, rows, sorted(release_files(directory)), read_codebook(directory))
    _write(site / "index.html", pages.start())
    _write(site / "codebook.html", pages.codebook_page())
    _write(site / "coverage.html", pages.coverage())
    _write(
        site / "changes.html",
        pages.changes(read_made_from(directory).get("previous"), *counted(directory / "changes.parquet")),
    )
    if not few:
        return
    report_ids = pages.report_ids()
    for unit_id in pages.unit_ids():
        _write(site / "units" / f"{unit_page(unit_id)}.html", pages.unit(unit_id))
    found = _sources(site, pages, report_ids, payload)
    for report_id in report_ids:
        name = report_page(pages.rows.of("reports", "report_id", report_id)[0])
        _write(site / "reports" / f"{name}.html", pages.report(report_id, found))
        _write(site / "reports" / f"{name}.csv", pages.report_csv(report_id))


def read_codebook(directory: Path) -> list[dict[str, str]]:
    """Return the rows of a release's ``codebook.csv``; none where it has none."""
    path = directory / "codebook.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def picture_name(document_id: str, page: int) -> str:
    """Return the name of a page's picture under ``site/places/``."""
    return f"{document_id[:16]}-p{page}.png"


def _sources(site: Path, pages: Pages, report_ids: list[str], payload: Payload | None) -> dict[str, Source]:
    """Return what can be shown of each document, the pictures of pages written."""
    if payload is None:
        return {}
    wanted: dict[str, set[str]] = defaultdict(set)
    for report_id in report_ids:
        for document_id, locators in pages.places(report_id).items():
            wanted[document_id] |= locators
    found = dict(sources(((d, frozenset(wanted[d])) for d in sorted(wanted)), payload))
    for document_id, source in found.items():
        for number, page in source.pages.items():
            path = site / "places" / picture_name(document_id, number)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(page.png)
    return found


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
