"""The values of a workbook as calamine reads them, in a process of their own.

calamine ends the whole process on some damaged XLS files (it asks for as much memory as the file says) and writes its own
panics to standard error. Both then cost this file only. A start takes a tenth of a second.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from extract.documents.shared.limits import was_ended, within
from extract.errors import UnfinishedDocument, UnreadableDocument

#: Processor time, and how long it may take on the clock.
_SECONDS, _ON_THE_CLOCK = 30.0, 600.0
Place = tuple[int, int]


@dataclass(frozen=True)
class SheetValues:
    """One sheet: ``rows`` of values from the place ``first`` on, and its ``merged`` ranges (first place, last place)."""

    name: str
    has_cells: bool
    is_visible: bool
    first: Place = (0, 0)
    rows: tuple[tuple[Any, ...], ...] = ()
    merged: tuple[tuple[Place, Place], ...] = ()


def read_values(what: str, data: bytes, wanted: Collection[int]) -> list[SheetValues]:
    """Return every sheet of a workbook, with the values of those wanted (by number, from 0) where they are visible.

    Raises:
        UnreadableDocument: damaged or encrypted; ``what`` names the format in the reason.
        UnfinishedDocument: it took too long.
    """
    code = "from extract.documents.sheets.values import answer; answer()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RUST_BACKTRACE": "0"}
    try:
        done = subprocess.run(
            within(_SECONDS, [sys.executable, "-c", code]),
            input=pickle.dumps((data, sorted(wanted))),
            capture_output=True,
            timeout=_ON_THE_CLOCK,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnfinishedDocument(f"the {what} file took longer than {_ON_THE_CLOCK:g} s to read") from error
    if was_ended(done.returncode):
        raise UnfinishedDocument(f"reading the {what} file was ended (after {_SECONDS:g} s of processor time?)")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnreadableDocument(
            f"the {what} file is cut or damaged: {said[-1] if said else f'exit code {done.returncode}'}"
        )
    result = pickle.loads(done.stdout)
    if isinstance(result, str):
        raise UnreadableDocument(f"the {what} file {result}")
    return list(result)


def answer() -> None:
    """Read a workbook from standard input and write its values to standard output: the other process's part."""
    data, wanted = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(_read(data, set(wanted))))


def _read(data: bytes, wanted: set[int]) -> list[SheetValues] | str:
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return [_sheet(book, number, number in wanted) for number in range(len(book.sheets_metadata))]
    except python_calamine.PasswordError:
        return "is encrypted with a password"
    except Exception as error:
        return f"is cut or damaged: {error}"


def _sheet(book: Any, number: int, is_wanted: bool) -> SheetValues:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    about = book.sheets_metadata[number]
    has_cells, is_visible = about.typ == SheetTypeEnum.WorkSheet, about.visible == SheetVisibleEnum.Visible
    if not (has_cells and is_visible and is_wanted):
        return SheetValues(about.name, has_cells, is_visible)
    sheet = book.get_sheet_by_index(number)
    rows = tuple(tuple(row) for row in sheet.to_python(skip_empty_area=True))
    return SheetValues(about.name, True, True, sheet.start or (0, 0), rows, tuple(sheet.merged_cell_ranges or ()))
