"""A page and the pictures it shows, each at an address of its own: two Documents in, ReportReadings out.

Pictures are read as the sheets of one report (``extract/documents/page_with_pictures.py``). Whose report it is, the page says; a table that
starts in one picture goes on in the next; each figure keeps the document and the place of the picture it stands in. The
page itself is read by itself, as any page is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extract.document import Document
from transform.observation import Check, Hints, Leftover, Observation, ReportReading

_SHEET = re.compile(r"p(\d+) ([^;]*)")


def read_shown(page: Document, joined: Document, hints: Hints | None = None) -> list[ReportReading]:
    """Return the ReportReadings of a page's pictures (at least one each), in their order; all share the page's identity.

    ``page`` is the page by itself, ``joined`` the page with what stands in its pictures, which are its ``sheets``. Checks, and
    the narrative where only the pictures tell it, stand with the picture that holds most of the figures.
    """
    from transform.identity.narrative import sections
    from transform.reports.read_report import read_report

    told = bool(sections(page))
    out: list[ReportReading] = []
    read = read_report(joined, hints)
    documents = [sheet.document_id for sheet in joined.sheets]
    for number, sheet in enumerate(joined.sheets, 1):
        of = {"document_id": sheet.document_id, "media_type": sheet.media_type, "size": sheet.size}
        wholes = [replace(whole, pages=None, **of) for whole in read]  # type: ignore[arg-type]
        parts = [part for whole in wholes if (part := _part(whole, number, documents, with_text=not told))]
        out += parts or [_empty(wholes[0])]
    return out


def _part(whole: ReportReading, number: int, documents: Sequence[str], *, with_text: bool) -> ReportReading | None:
    """Return what of the whole stands in one picture; None where that is nothing."""
    observations = tuple(o for o in whole.observations if _sheet(o) == number)
    leftovers = tuple(rest for rest in whole.leftovers if _sheet(rest) == number)
    sheets = [sheet for o in whole.observations if (sheet := _sheet(o))]
    main = number == max(sorted(set(sheets)), key=sheets.count, default=1)
    sections = whole.sections if main and with_text else ()
    if not observations and not leftovers and not sections:
        return None
    return replace(
        whole,
        observations=tuple(replace(o, locator=_own(o.locator, number)) for o in observations),
        leftovers=tuple(replace(rest, locator=_own(rest.locator, number)) for rest in leftovers),
        checks=tuple(_placed(check, number, documents) for check in whole.checks) if main else (),
        sections=sections,
    )


def _empty(whole: ReportReading) -> ReportReading:
    """Return the reading of a picture in which nothing was found: not that of a table, where another picture has tables."""
    unread = whole.status == "tables_are_pictures"
    reason = whole.reason if unread else "no official table was read from this picture of the page"
    return replace(
        whole,
        form=None,
        status="tables_are_pictures" if unread else "unreadable",
        reason=reason,
        observations=(),
        checks=(),
        leftovers=(),
        sections=(),
    )


def _placed(check: Check, number: int, documents: Sequence[str]) -> Check:
    """Return a check with each place as one of the picture it stands in, and those pictures where they are several."""
    sheets = [int(found[1]) if (found := _SHEET.match(place)) else 0 for place in check.locators]
    places = tuple(_own(place, sheet) for place, sheet in zip(check.locators, sheets, strict=True))
    if not {*sheets} - {0, number}:
        return replace(check, locators=places)
    return replace(
        check, locators=places, term_documents=tuple(documents[sheet - 1] if sheet else "" for sheet in sheets)
    )


def _sheet(figure: Observation | Leftover) -> int:
    """Return the number of the picture a figure stands in; 0 for one that stands in the page itself."""
    found = _SHEET.match(figure.locator)
    return int(found[1]) if found else 0


def _own(locator: str, number: int) -> str:
    """Return a place as one of its own picture, which has one sheet; a place in another picture says so."""
    return _SHEET.sub(
        lambda found: f"p1 {found[2]}" if int(found[1]) == number else f"picture {found[1]} {found[2]}", locator
    )
