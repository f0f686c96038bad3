"""Sheets to be filled by hand: cells of a release without what the machine read there, for readers and auditors.

A sheet is a CSV file with one row per cell and an empty column ``read``. The one thing to know: what is left empty was
not read; a cell in which nothing stands is filled as ``[blank]``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from publish.files.of_reports import are_current_cells
from publish.files.stored import StoredTables
from publish.schema.schemas import load_schemas
from transform.forms.form import load_forms
from transform.observation import Row
from transform.versions.decisions import ATTRIBUTION
from transform.versions.hand_readings import BLANK

if TYPE_CHECKING:
    import pyarrow as pa

#: What people are asked of a report whose attribution is doubtful.
_ASKED = {
    "unit": "whose report is it? (code of today or unit_id; 归属单位)",
    "year": "on which year does it report? (所属年度)",
}
COLUMNS = ("document_id", "locator", "indicator", "applicant", "publisher", "year", "cell", "url", "picture", "read")
KEY = ("document_id", "locator", "indicator", "applicant")


class ReleaseCells(Iterable["pa.Table"]):
    """The table cells of the current versions of a release, some thousand at a time, as often as they are gone through:
    observations with ``url`` and ``media_type`` of their documents."""

    def __init__(self, release: Path):
        schemas = load_schemas()
        self._tables = StoredTables(release, {name: schemas[name] for name in ("observations", "documents")})

    def __iter__(self) -> Iterator[pa.Table]:
        import pyarrow.compute as pc

        documents = self._tables.columns("documents", "document_id", "url", "media_type").combine_chunks()
        for batch in self._tables.batches("observations"):
            cells = batch.filter(are_current_cells(batch))
            place = pc.index_in(cells["document_id"], documents["document_id"].combine_chunks())
            for name in ("url", "media_type"):
                cells = cells.append_column(name, documents[name].combine_chunks().take(place))
            yield cells

    def count(self) -> int:
        """Return how many cells there are."""
        import pyarrow.compute as pc

        return pc.sum(are_current_cells(self._tables.columns("observations", "is_current", "source"))).as_py() or 0


def write_sheet(path: Path, cells: Iterable[Row], pictures: Mapping[tuple[Any, ...], str] | None = None) -> None:
    """Write a sheet; ``pictures`` are file names by ``key_of``."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore", restval="")
        writer.writeheader()
        for cell in cells:
            told = {name: cell.get(name) or "" for name in COLUMNS}
            told |= {"cell": label_of(cell), "picture": (pictures or {}).get(key_of(cell), ""), "read": ""}
            writer.writerow(told)


def read_sheet(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a filled sheet that have a reading: the four columns of the key and ``read``, "" for a blank.

    Raises:
        UsageError: the file cannot be read or is no such sheet.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); save it as CSV in UTF-8") from error
    if rows and not {*KEY, "read"} <= rows[0].keys():
        raise UsageError(f"{path}: is no sheet to fill; its columns must be {', '.join(COLUMNS)}")
    return [
        {**{name: row[name] for name in KEY}, "applicant": row["applicant"] or None, "read": _text(row["read"])}
        for row in rows
        if (row["read"] or "").strip()
    ]


def key_of(cell: Row) -> tuple[Any, ...]:
    """Return document, locator, indicator and applicant of a cell."""
    return tuple(cell[name] for name in KEY)


def label_of(cell: Row) -> str:
    """Return what the form prints for a cell, its row and column; for a whole report what is asked of it."""
    if cell["locator"] == ATTRIBUTION:
        return _ASKED[cell["indicator"]]
    labels = _labels().get(cell["form"], {})
    own = labels.get(cell["indicator"], cell["indicator"])
    applicant = cell["applicant"]
    return f"{own} × {labels.get(f'[{applicant}]', applicant)}" if applicant else str(own)


def _text(read: str) -> str:
    return "" if read.strip() == BLANK else read.strip()


@lru_cache(maxsize=1)
def _labels() -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for form_id, form in load_forms().items():
        labels = out.setdefault(form_id, {})
        for table in form.tables:
            for block in table.blocks:
                labels.update(
                    {f"{r.id}.{c.id}": f"{r.label_zh}／{c.label_zh}" for r in block.rows for c in block.columns}
                )
            labels.update({f"[{c.id}]": c.label_zh for c in table.columns if table.kind == "matrix"})
            labels.update({item.id: item.label_zh for item in (*table.rows, *table.columns) if item.label_zh})
    return out


def sorted_cells(cells: Iterable[Row]) -> Sequence[Row]:
    """Return cells in the order in which a person finds them: document by document, place by place."""
    return sorted(
        cells,
        key=lambda c: (
            str(c["report_id"]),
            c["document_id"],
            _place(c["locator"]),
            c["indicator"],
            c["applicant"] or "",
        ),
    )


def _place(locator: str) -> tuple[Any, ...]:
    import re

    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", locator)]
    # On a page y runs up.
    return (numbers[0], -numbers[4], numbers[1]) if locator.startswith("p") and len(numbers) == 5 else tuple(numbers)
