"""Pages of units and reports, and pictures of places, made when they are asked for: for releases too large for a whole site.

The one thing to know: a name that the site would not have made gives None, whatever it looks like.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from publish.files.release_files import release_files
from publish.site.build_site import picture_name, read_codebook
from publish.site.pages import Pages, report_page, unit_page
from publish.site.places import Payload, Source, sources
from publish.site.rows import RowsOnDisk

_NAME = re.compile(r"site/(units|reports|places)/([A-Za-z0-9_-]+)\.(html|csv|png)")


class PagesOnDemand:
    """Makes the pages of one release that are not on disk; safe to call from several threads.

    ``payload`` gives a document's bytes by its id where the archive is at hand.
    """

    def __init__(self, release: Path, payload: Payload | None = None):
        self._release, self._payload = release, payload
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return a page, a report's CSV or a picture by its path in the release; None where there is no such thing."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        kind, stem, ending = match.groups()
        with self._lock:
            if (kind, ending) == ("units", "html") and stem in self._units:
                return self._pages.unit(self._units[stem]).encode()
            if kind == "reports" and ending in ("html", "csv") and stem in self._reports:
                report_id = self._reports[stem]
                text = (
                    self._pages.report(report_id, self._sources(report_id))
                    if ending == "html"
                    else self._pages.report_csv(report_id)
                )
                return text.encode()
            if (kind, ending) == ("places", "png"):
                return self._picture(f"{stem}.png")
        return None

    @cached_property
    def _pages(self) -> Pages:
        return Pages(
            self._release.name,
            RowsOnDisk(self._release),
            sorted(release_files(self._release)),
            read_codebook(self._release),
        )

    @cached_property
    def _units(self) -> Mapping[str, str]:
        return {unit_page(unit_id): unit_id for unit_id in self._pages.unit_ids()}

    @cached_property
    def _reports(self) -> Mapping[str, str]:
        return {report_page(r): r["report_id"] for r in self._pages.rows.all("reports", "report_id", "unit_id", "year")}

    def _sources(self, report_id: str) -> dict[str, Source]:
        if self._payload is None:
            return {}
        return dict(sources(self._pages.places(report_id).items(), self._payload))

    def _picture(self, name: str) -> bytes | None:
        mark, _, page = name.removesuffix(".png").rpartition("-p")
        if self._payload is None or not page.isdigit():
            return None
        for document in self._pages.rows.all("documents", "document_id"):
            if document["document_id"].startswith(mark) and picture_name(document["document_id"], int(page)) == name:
                found = dict(sources([(document["document_id"], frozenset({f"p{page} 0,0,1,1"}))], self._payload))
                source = found[document["document_id"]]
                return source.pages[int(page)].png if int(page) in source.pages else None
        return None
