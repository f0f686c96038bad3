"""A number's story as text: its report, the figure and its place, the archive's records, checks, panel and indicators."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from extract.archiving.archive import Archive
from extract.errors import GongkaiError
from extract.record import Record
from publish.by_hand.trace import Trace, formula

#: Reports of a check that are named; the rest are counted.
SHOWN = 3


def story_lines(found: Trace, archive: Archive | None) -> Iterator[str]:
    """Yield the story line by line."""
    seen: dict[str, list[Record]] = {}
    if archive is not None:
        for record in archive.records():
            if record.document_id in found.documents:
                seen.setdefault(str(record.document_id), []).append(record)
    head = found.reports[0]
    yield f"{head['publisher']} {head['year']}: {head['title'] or ''}".rstrip(": ")
    yield f"  {head['report_id']} ({head['subject_kind']}, scope {head['scope']}, form {head['form']}), release {found.release}"
    yield f"  attribution {head.get('attribution') or 'unknown'}: {head.get('unit_evidence')}; {head.get('year_evidence')}"
    for version in found.reports:
        now = ", current" if version["is_current"] else ""
        yield f"  version {version['version']}{now}: first seen {version['first_seen']}, last seen {version['last_seen']}, published {version['published_on'] or 'on a day not told'}"
    documents: set[str] = set()
    for figure in found.figures:
        yield ""
        yield f"{_name(figure)} = {_number(figure['value'])} {figure['unit'] or ''} (printed {figure['value_text']!r}, {figure['status']})"
        old = "" if figure["is_current"] else ", replaced"
        yield f"  version {figure['version']}{old}; reading {figure['reading']}, consistency {figure['consistency']}, by {figure['reader']}"
        yield f"  place {figure['locator']} in document {figure['document_id']}"
        if archive is not None and (row := _row_of(archive, figure)):
            yield f"  row: {row}"
        if figure["document_id"] not in documents:
            documents.add(figure["document_id"])
            yield from _document(found.documents[figure["document_id"]], seen.get(figure["document_id"], []))
    yield from _titled(
        "revisions",
        [f"version {r['version']}: {_name(r)} {r['old_text']!r} became {r['new_text']!r}" for r in found.revisions],
    )
    yield from _titled("checks over it", [_check(c) for c in found.checks])
    yield from _titled(
        "in the panel",
        [f"{c.name} = {_concept(c.name, row)}   from {formula(c, row['form'])}" for c, row in found.concepts],
    )
    yield from _titled(
        "in panel_2024",
        [
            f"{row['unit_id']} {c.name} = {_concept(c.name, row)}   sum over {', '.join(row['members'])}"
            for c, row in found.at_boundaries
        ],
    )
    yield from _titled(
        "in the indicators",
        [
            f"{ratio.id} = {_number(row['value'])}   {_number(row['numerator'])} / {_number(row['denominator'])}"
            f" ({ratio.label_en})" + (f"; missing: {row['missing_reason']}" if row["missing_reason"] else "")
            for ratio, row in found.ratios
        ],
    )


def _document(document: Mapping[str, Any], records: Iterable[Record]) -> Iterator[str]:
    yield f"    {document['media_type']}, {document['size']} bytes, from {document['url']}"
    for record in records:
        at = f", {record.warc_file} at {record.warc_offset}" if record.warc_file else ""
        yield f"    fetched {record.retrieved_at} ({record.kind}, {record.outcome}){at}"


def _row_of(archive: Archive, figure: Mapping[str, Any]) -> str | None:
    """Return the printed row a cell of a structured table stands in; None for pages, sentences and what can't be read."""
    if not re.search(r"(?:^| )(?:t\d+ r|s\d+ )", figure["locator"]):
        return None
    from extract.documents.read_document import read_document

    with contextlib.suppress(GongkaiError):
        for reading in read_document(archive.payload(figure["document_id"])).readings:
            for grid in reading.grids:
                for cell in grid.cells:
                    if cell.locator == figure["locator"]:
                        texts = [(" ".join(c.text.split()), c is cell) for c in grid.row(cell.row)]
                        return " | ".join(f"[{text}]" if own else text for text, own in texts)
    return None


def _check(check: Mapping[str, Any]) -> str:
    ids = check["report_ids"]
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    others = f"; reports {', '.join(ids[:SHOWN])}{more}" if len(ids) > 1 else ""
    sides = f"{_number(check['left'])} {check['operator']} {_number(check['right'])}"
    residual = "" if check["status"] != "broken" else f", off by {_number(check['residual'])}"
    replaced = "" if check.get("is_current", True) else f" (version {check['version']}, replaced)"
    return f"{check['status']:13} {check['identity']} ({check['severity']}): {sides}{residual}{others}{replaced}"


def _concept(name: str, row: Mapping[str, Any]) -> str:
    zero = " (empty; can only be 0)" if row.get(f"{name}_zero") else ""
    return f"{_number(row[name])}{zero} [{row[f'{name}_read']}, {row[f'{name}_ok']}]"


def _titled(title: str, found: list[str]) -> Iterator[str]:
    if found:
        yield from ("", f"{title}:", *(f"  {line}" for line in found))


def _name(row: Mapping[str, Any]) -> str:
    return row["indicator"] if row["applicant"] is None else f"{row['indicator']}[{row['applicant']}]"


def _number(value: float | None) -> str:
    return "missing" if value is None else f"{value:.12g}"
