"""Which pictures a page showed together: Records of the archive in, a Showing out.

A report may be published as pictures at addresses of their own, one a table or one a sheet. The one thing to know: a
picture is read with what stood beside it when it was fetched, so that what replaces its page or another picture later
changes nothing of how it was read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from extract.archiving.archive import Archive
from extract.record import Record

_PAGE_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Showing:
    """A page as it stood at some time, and the pictures fetched for it, one an address, sorted by address."""

    page: Record
    pictures: tuple[Record, ...]

    @cached_property
    def key(self) -> str:
        """A fingerprint of everything that reading the pictures depends on."""
        told = [
            str(self.page.document_id),
            *(f"{_address(picture)} {picture.document_id}" for picture in self.pictures),
        ]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def page_shown_on(record: Record) -> str | None:
    """Return the address of the page that a picture hangs on; None for what is no picture fetched for a page."""
    picture = record.kind == "attachment" and (record.media_type or "").startswith("image/")
    return record.parent_url if picture else None


def showing_of(archive: Archive, record: Record) -> Showing | None:
    """Return what its page showed when a picture was fetched; None for what is no picture, or whose page is not archived.

    Of what was not yet there at that time, the first state counts.
    """
    address = page_shown_on(record)
    if address is None:
        return None
    now = record.retrieved_at
    pages = [r for r in archive.at(address) if r.kind == "report" and r.media_type in _PAGE_TYPES and r.document_id]
    page = _standing(pages, now)
    if page is None:
        return None
    by_address: dict[str, list[Record]] = {}
    for picture in archive.hanging_on(address):
        if page_shown_on(picture) and picture.document_id:
            by_address.setdefault(_address(picture), []).append(picture)
    by_address[_address(record)] = [record]
    standing = (_standing(by_address[place], now) for place in sorted(by_address))
    return Showing(page, tuple(picture for picture in standing if picture is not None))


def _standing(states: list[Record], now: str) -> Record | None:
    """Return the last of an address's states (sorted by time) that is not later than a time, else its first."""
    return next((r for r in reversed(states) if r.retrieved_at <= now), states[0] if states else None)


def _address(picture: Record) -> str:
    return picture.requested_url or picture.url
