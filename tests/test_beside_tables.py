"""A number alone between a table and the edge of its page makes the row doubtful that it may belong to; a page number does not."""

from __future__ import annotations

import pytest

from extract.document import Block, Cell, Document, Grid, Reading
from transform.reports.beside_tables import doubt_beside_tables


def grid(number: int, page: int) -> Grid:
    cells = [Cell(row, col, f"{row}{col}", f"p{page} {row},{col}") for row in range(3) for col in range(2)]
    return Grid(number, 3, 2, tuple(cells), page=page)


def document(*lines: str | Grid, structural: bool = False) -> Document:
    blocks, start = [], 0
    for line in lines:
        text = line if isinstance(line, str) else ""
        blocks.append(Block(text, start, None if isinstance(line, str) else line.number))
        start += len(text) + 1
    grids = tuple(line for line in lines if isinstance(line, Grid))
    return Document(
        "0" * 64, "application/pdf", 1, tuple(blocks), (Reading("a", structural, grids), Reading("b", False, grids))
    )


def doubtful_rows(found: Document, number: int) -> list[set[int]]:
    return [
        {cell.row for one in reading.grids if one.number == number for cell in one.cells if cell.doubt}
        for reading in found.readings
    ]


def test_number_below_or_above_a_table_makes_the_row_beside_it_doubtful_in_both_readings():
    found, rest = doubt_beside_tables(document("标题", grid(1, 7), "0", grid(2, 8), "说明", "1329"))
    assert doubtful_rows(found, 1) == [{2}, {2}]
    assert doubtful_rows(found, 2) == [{0}, {0}]
    assert [(one.text, one.locator) for one in rest] == [("0", "ch 4-5")]


@pytest.mark.parametrize(
    "lines",
    [
        ("标题", grid(1, 7), "7", "说明"),
        ("标题", grid(1, 7), "5", "说明"),
        ("标题", grid(1, 7), "共 0 件", "说明"),
        ("0", "标题", grid(1, 7), "说明", "0"),
        (grid(1, 7), "117", grid(2, 8), "118", grid(3, 9), "119", "说明"),
    ],
    ids=["its page", "its page, covers apart", "a sentence", "not beside it", "numbers that count pages"],
)
def test_page_numbers_and_sentences_are_no_doubt(lines):
    found, rest = doubt_beside_tables(document(*lines))
    assert all(doubtful_rows(found, number) == [set(), set()] for number in (1, 2, 3))
    assert rest == []
