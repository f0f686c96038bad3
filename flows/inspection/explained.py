"""``gongkai extract --explain``: what was seen in each grid of local documents, as text or as one HTML page.

Rows and columns say what they are in the form, labels what they name and how well they match, figures which cell of the form
they are and why one is doubtful, left-overs why they were left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from extract.document import Cell, Document
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument, UsageError
from extract.workers import TaskFailure
from flows.inspection.seen_grids import FIGURE, LEFT_OVER, SeenCell, SeenGrid, explain, is_doubted, title_of
from flows.reading.read import reading_pool
from flows.terminal.output import progress, written
from flows.terminal.show import columns
from transform.observation import Hints, ReportReading, cell_name
from transform.reports.read_report import read_report

#: What was seen in one document, what was read of it, and its notes; or the reason why there is nothing.
Explained = tuple[list[SeenGrid], list[ReportReading], tuple[str, ...]] | str
_MARKS = {"doubtful": "?", "single": "~", "confirmed": ""}
_LEGEND = "confirmed: no mark   single: ~   doubtful: ?   left over: *"
_LONGEST = 24


def explain_files(files: Sequence[Path], hints: Hints) -> Iterator[tuple[str, Explained]]:
    """Yield of each file what was seen in it, in the files' order; each is read in a limited process."""
    found: dict[int, Explained] = {}
    with reading_pool(min(os.cpu_count() or 1, len(files))) as pool:
        tasks = (("flows.inspection.explained:explain_file", (path.read_bytes(), path.name, hints)) for path in files)
        for index, told in progress(pool.run(tasks), len(files), "document"):
            found[index] = told.reason if isinstance(told, TaskFailure) else told
    yield from ((str(path), found[index]) for index, path in enumerate(files))


def explain_file(told: tuple[bytes, str, Hints]) -> Explained:
    """Read bytes (with a name for messages and what is known of them) and explain what was seen. For worker processes."""
    data, name, hints = told
    try:
        document: Document = read_document(data, name=name)
    except UnreadableDocument as error:
        return error.reason
    readings = read_report(document, hints)
    return explain(document, readings), readings, document.notes


def write_explained(found: Sequence[tuple[str, Explained]], output: Path | None) -> None:
    """Print what was seen, or write it as an HTML page.

    Raises:
        UsageError: ``output`` does not end in .html.
    """
    require_page(output)
    if output is None:
        print("\n\n".join([*(as_text(name, told) for name, told in found), _LEGEND]))
        return
    with written(output) as aside:
        aside.write_text(as_page(found), encoding="utf-8")


def require_page(output: Path | None) -> None:
    """Raise UsageError where ``output`` is no HTML file."""
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            f"{output}: --explain writes an HTML page; give a file that ends in .html, or none to print it"
        )


def as_text(name: str, told: Explained) -> str:
    """Return what was seen in one document as text."""
    if isinstance(told, str):
        return f"{name}: {told}"
    grids, readings, notes = told
    parts = [name, *map(_status, readings), *(f"note: {note}" for note in notes)]
    for seen in grids:
        parts += ["", title_of(seen), *_grid_lines(seen)]
    if texts := _outside(grids, readings):
        parts += ["", "figures from the text:", *texts]
    return "\n".join(parts)


def _status(reading: ReportReading) -> str:
    identity = reading.identity
    whose = " ".join(str(part) for part in (identity.publisher, identity.year) if part) or "whose report is not known"
    return f"{whose}: {reading.status}{f' ({reading.reason})' if reading.reason else ''}, form {reading.form or 'none'}"


def _grid_lines(seen: SeenGrid) -> Iterator[str]:
    by_row: dict[int, list[SeenCell]] = {}
    for cell in seen.cells:
        by_row.setdefault(cell.cell.row, []).append(cell)
    table = [["row", "is", *(f"c{n + 1} {role}".strip() for n, role in enumerate(seen.columns))]]
    for row in range(seen.grid.n_rows):
        texts = [""] * seen.grid.n_cols
        for cell in by_row.get(row, ()):
            texts[cell.cell.col] = _short(cell)
        table.append([f"r{row + 1}", seen.rows[row], *texts])
    yield from (f"  {line}" for line in columns(table).split("\n"))
    labels = [cell for cell in seen.cells if cell.names and cell.role not in (FIGURE, LEFT_OVER)]
    if labels:
        yield "  labels:"
        yield from (f"    {_at(c.cell)} {_words(c.cell)}: {c.names}" for c in labels)
    doubted = [cell for cell in seen.cells if is_doubted(cell)]
    if doubted:
        yield "  to look at:"
        yield from (f"    {_at(c.cell)} {_words(c.cell)}: {_about(c)}" for c in doubted)


def _short(seen: SeenCell) -> str:
    words = _words(seen.cell)
    text = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    if seen.role == FIGURE:
        return f"{text or '[ ]'}{_MARKS.get(seen.reading, '')}"
    return f"{text}*" if seen.role == LEFT_OVER else text


def _about(seen: SeenCell) -> str:
    what = f"{seen.role}{f' {seen.names}' if seen.names else ''}{f', {seen.reading}' if seen.reading else ''}"
    return f"{what}{f': {seen.why}' if seen.why else ''}"


def _at(cell: Cell) -> str:
    return f"r{cell.row + 1} c{cell.col + 1}"


def _words(cell: Cell) -> str:
    return " ".join(cell.text.split())


def _outside(grids: Sequence[SeenGrid], readings: Sequence[ReportReading]) -> list[str]:
    """Return the figures that stand in no grid: in sentences, or in text that lost its tables."""
    places = {place for seen in grids for c in seen.grid.cells for place in c.locator.split("; ")}
    return [
        f"  {o.locator}: {cell_name(o.indicator, o.applicant)} = {o.value_text!r}, {o.reading}{f': {o.note}' if o.note else ''}"
        for reading in readings
        for o in reading.observations
        if not places & set(o.locator.split("; "))
    ]


_STYLE = """
body{font:14px/1.5 sans-serif;margin:1.5em;color:#222;background:#fff}table{border-collapse:collapse;margin:.5em 0 1em}
td,th{border:1px solid #bbb;padding:.2em .4em;vertical-align:top;max-width:16em}th{background:#f2f2f2;font-weight:normal;color:#555}
small{display:block;color:#555}.figure{background:#e9f5e9}.single{background:#f3f6dc}.doubtful{background:#fde3c8}
.left{background:#f9d3d3}.label,.header{background:#e4ecf7}.key span{padding:0 .5em;margin-right:.5em;border:1px solid #bbb}
"""


def as_page(found: Sequence[tuple[str, Explained]]) -> str:
    """Return what was seen in documents as one HTML page, which needs nothing beside it."""
    key = "".join(
        f'<span class="{css}">{text}</span>'
        for css, text in (
            ("figure", "figure, confirmed"),
            ("single", "single"),
            ("doubtful", "doubtful"),
            ("left", "left over"),
            ("label", "label or header"),
        )
    )
    body = "\n".join(_document(name, told) for name, told in found)
    head = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>gongkai extract --explain</title><style>{_STYLE}</style></head>'
    return f'{head}\n<body><p class="key">{key}</p>\n{body}\n</body></html>\n'


def _document(name: str, told: Explained) -> str:
    if isinstance(told, str):
        return f"<h1>{escape(name)}</h1><p>{escape(told)}</p>"
    grids, readings, notes = told
    lines = [f"<p>{escape(line)}</p>" for line in (*map(_status, readings), *(f"note: {note}" for note in notes))]
    outside = "".join(f"<li>{escape(line.strip())}</li>" for line in _outside(grids, readings))
    text = f"<h2>Figures from the text</h2><ul>{outside}</ul>" if outside else ""
    return "\n".join([f"<h1>{escape(name)}</h1>", *lines, *map(_table, grids), text])


def _table(seen: SeenGrid) -> str:
    by_row: dict[int, list[SeenCell]] = {}
    for cell in seen.cells:
        by_row.setdefault(cell.cell.row, []).append(cell)
    head = "".join(f"<th>{escape(role)}</th>" for role in seen.columns)
    rows = [
        f"<tr><th>{escape(seen.rows[row])}</th>{''.join(map(_td, by_row.get(row, ())))}</tr>"
        for row in range(seen.grid.n_rows)
    ]
    return f"<h2>{escape(title_of(seen))}</h2>\n<table><tr><th></th>{head}</tr>\n{chr(10).join(rows)}</table>"


def _td(seen: SeenCell) -> str:
    cell = seen.cell
    spans = "".join(
        f' {name}="{span}"' for name, span in (("rowspan", cell.row_span), ("colspan", cell.col_span)) if span > 1
    )
    css = {LEFT_OVER: "left", FIGURE: {"confirmed": "figure"}.get(seen.reading, seen.reading or "single")}.get(
        seen.role, seen.role.split()[0]
    )
    about = "".join(f"<small>{escape(part)}</small>" for part in (seen.names, seen.reading, seen.why) if part)
    return f'<td class="{css}" title="{escape(cell.locator)}"{spans}>{escape(cell.text)}{about}</td>'
