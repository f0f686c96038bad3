"""What was seen in a document's grids, cell by cell, for a person who asks why: a Document and its ReportReadings in, SeenGrids out.

Nothing is decided here. Labels are matched as the recognition matches them, and figures, doubts and left-overs are those of the
ReportReadings, put back at the places they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from extract.document import Cell, Document, Grid, Reading
from transform.forms.labels import parse_label
from transform.observation import FormCell, Leftover, Observation, ReportReading, cell_name
from transform.recognition.headers import header_kind
from transform.recognition.label_index import Entry, match_label
from transform.recognition.misread_labels import with_labels_put_right
from transform.recognition.placing import is_label
from transform.recognition.recognise import recognise

Found = TypeVar("Found")
#: What a cell is taken for.
FIGURE, LABEL, HEADER, LEFT_OVER, EMPTY, OTHER = "figure", "label", "header", "left over", "empty", "other text"


@dataclass(frozen=True)
class SeenCell:
    """One cell of a grid. ``role`` is what it is taken for; ``names`` what a label names and how well it matches, or the cell
    of the form that a figure is; ``reading`` how surely a figure was read; ``why`` the doubt, or why it was left over."""

    cell: Cell
    role: str
    names: str = ""
    reading: str = ""
    why: str = ""


@dataclass(frozen=True)
class SeenGrid:
    """One grid of one reading, all its cells in their order. ``tables`` are the official tables found in it, ``rows`` and
    ``columns`` what each row and column is, empty where it is nothing of a form."""

    grid: Grid
    reader: str
    tables: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[SeenCell, ...]

    def count(self, role: str) -> int:
        return sum(cell.role == role for cell in self.cells)


def explain(document: Document, readings: Sequence[ReportReading]) -> list[SeenGrid]:
    """Return what was seen in every grid of every reading of a document, in their order."""
    observations = [o for reading in readings for o in reading.observations]
    figures = _by_place(observations, lambda o: o.locator)
    # Of two readings that agree the figure has the place of the first.
    for one in observations:
        figures.setdefault(cell_name(one.indicator, one.applicant), []).append(one)
    rest = _by_place((left for reading in readings for left in reading.leftovers), lambda left: left.locator)
    year = next((reading.identity.year for reading in readings if reading.identity.year), None)
    return [
        seen
        for reading in document.readings
        for seen in _of_reading(reading, with_labels_put_right(reading), year, figures, rest)
    ]


def _of_reading(
    printed: Reading,
    reading: Reading,
    year: int | None,
    figures: dict[str, list[Observation]],
    rest: dict[str, list[Leftover]],
) -> Iterable[SeenGrid]:
    tables = recognise(reading, year)
    placed = _by_place((cell for table in tables for cell in table.cells), lambda cell: cell.cell.locator)
    left = _by_place((pair for table in tables for pair in table.leftovers), lambda pair: pair[0].locator)
    table_of = {place: f"{t.table} of {t.form}" for t in tables for c in t.cells for place in _places(c.cell.locator)}
    for grid, as_printed in zip(reading.grids, printed.grids, strict=True):
        cells = []
        for cell, before in zip(grid.cells, as_printed.cells, strict=True):
            form_cell = next(iter(placed.get(cell.locator, ())), None)
            of_place = figures.get(cell.locator, [])
            if form_cell is not None:
                of_place = [*of_place, *figures.get(cell_name(form_cell.indicator, form_cell.applicant), ())]
            why = [
                *(f.reason for f in rest.get(cell.locator, ())),
                *(reason for _, reason in left.get(cell.locator, ())),
            ]
            cells.append(_cell(cell, before, form_cell, of_place, list(dict.fromkeys(why))))
        own = [found for cell in grid.cells for found in placed.get(cell.locator, ())]
        yield SeenGrid(
            as_printed,
            reading.reader,
            tuple(dict.fromkeys(table_of[c.locator] for c in grid.cells if c.locator in table_of)),
            tuple(_role([c for c in own if row in c.cell.rows], _row_name) for row in range(grid.n_rows)),
            tuple(_role([c for c in own if col in c.cell.cols], _column_name) for col in range(grid.n_cols)),
            tuple(cells),
        )


def _cell(
    cell: Cell, printed: Cell, form_cell: FormCell | None, figures: Sequence[Observation], why: Sequence[str]
) -> SeenCell:
    if form_cell is not None:
        return _figure(printed, form_cell, figures)
    doubt = [f"the reader cannot vouch for it: {cell.doubt}"] if cell.doubt else []
    if why:
        return SeenCell(printed, LEFT_OVER, _match(cell, printed), "", "; ".join([*why, *doubt]))
    if not cell.text.strip():
        return SeenCell(printed, EMPTY, why="; ".join(doubt))
    kind = header_kind(cell)
    names = _match(cell, printed)
    role = HEADER if kind else LABEL if names and is_label(cell) else OTHER
    return SeenCell(printed, role, f"{names or 'words'} (header of {kind})" if kind else names, "", "; ".join(doubt))


def _figure(printed: Cell, form_cell: FormCell, figures: Sequence[Observation]) -> SeenCell:
    """Return a cell that stands at a place of a form, with the figure that came of it."""
    name = cell_name(form_cell.indicator, form_cell.applicant)
    one = next((o for o in figures if (o.indicator, o.applicant) == (form_cell.indicator, form_cell.applicant)), None)
    said = [form_cell.doubt, form_cell.guess]
    if not form_cell.exact_row:
        said.append("the label of its row was not found exactly")
    if not form_cell.exact_column:
        said.append("the label of its column was not found exactly")
    said.append(one.note if one else "no figure came of it")
    said.append(form_cell.cell.doubt)
    said += ["breaks an identity of the report"] if one and one.consistency == "broken" else []
    told = "; ".join(dict.fromkeys(part for part in said if part))
    return SeenCell(printed, FIGURE, name, one.reading if one else "", told)


def _match(cell: Cell, printed: Cell) -> str:
    """Return what a text names and how well it matches, nothing where it names nothing."""
    label, entries = match_label(cell.text)
    if not entries:
        return ""
    near = f", misread as {' '.join(printed.text.split())!r}" if cell.text != printed.text else ""
    named = (f"{entry.role} {entry.id} {_how(label.core, label.short, entry)}{near}" for entry in entries)
    return "; ".join(dict.fromkeys(named))


def _how(core: str, short: str, entry: Entry) -> str:
    memory = ", label from memory" if entry.item.guessed else ""
    if core in entry.item.cores:
        return f"exactly{memory}"
    return f"without its note{memory}" if short in entry.item.cores else f"in part{memory}"


def _role(cells: Sequence[FormCell], name: Callable[[FormCell], str]) -> str:
    names = list(dict.fromkeys(name(cell) for cell in cells))
    return "" if not names else names[0] if len(names) == 1 else "several"


def _row_name(cell: FormCell) -> str:
    return cell.indicator.partition(".")[0]


def _column_name(cell: FormCell) -> str:
    return cell.applicant or cell.indicator.partition(".")[2] or cell.indicator


def _by_place(found: Iterable[Found], locator: Callable[[Found], str]) -> dict[str, list[Found]]:
    """Return things by each place of the file they came from: a cell cut by a page break has several."""
    places: dict[str, list[Found]] = {}
    for one in found:
        for place in dict.fromkeys((locator(one), *_places(locator(one)))):
            places.setdefault(place, []).append(one)
    return places


def _places(locator: str) -> list[str]:
    return [place for place in locator.split("; ") if place]


def is_doubted(seen: SeenCell) -> bool:
    """Tell whether a person should look at a cell: doubtful, left over, or something to say of it."""
    return seen.role == LEFT_OVER or seen.reading == "doubtful" or (seen.role == FIGURE and seen.why != "")


def title_of(seen: SeenGrid) -> str:
    """Return what a grid is, in a line."""
    grid = seen.grid
    page = f", page {grid.page}" if grid.page is not None else ""
    what = ", ".join(seen.tables) or "no official table"
    labels = sum(parse_label(cell.cell.text).core != "" for cell in seen.cells if cell.role in (LABEL, HEADER))
    return (
        f"grid {grid.number}{page}, read by {seen.reader}: {grid.n_rows} rows, {grid.n_cols} columns: {what}; "
        f"{seen.count(FIGURE)} figures, {labels} labels and headers, {seen.count(LEFT_OVER)} left over"
    )
