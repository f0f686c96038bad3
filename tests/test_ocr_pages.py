"""Sheets and lattices drawn by hand: two pages on one sheet, and lines that are broken where they meet."""

from __future__ import annotations

import pytest

from extract.documents.drawn.table import PdfTable
from extract.documents.ocr.models import missing


def test_place_on_the_second_page_of_a_sheet_is_one_of_the_sheet():
    table = PdfTable(
        2, (0, 0, 9, 9), (50.0, 100.0), 1, ((0, 0, 1, 1, (50.0, 10.0, 100.0, 20.0), "7"),), sheet=(1, 400.0)
    )
    grid = table.as_grid(1)
    assert (grid.page, grid.cells[0].locator) == (2, "p1 450.0,10.0,500.0,20.0")


if missing() is None:
    import cv2
    import numpy as np

    from extract.documents.ocr.leaves import leaves
    from extract.documents.ocr.read import Straight
    from extract.documents.ocr.ruled import Lattice, by_black, by_ridges

    @pytest.mark.parametrize("way", [by_ridges, by_black])
    def test_broken_lines_meet_in_a_corner_that_passes_for_a_letter(way):
        page = np.full((500, 900), 250, np.uint8)
        for y in (100, 160, 220):
            cv2.line(page, (100, y), (790 if y < 220 else 762, y), 60, 2)
        for x in (100, 320, 540, 790):
            cv2.line(page, (x, 100), (x, 220 if x < 790 else 192), 60, 2)
        # The last piece of the right and of the lower line: as large as a letter.
        cv2.line(page, (768, 220), (790, 220), 40, 4)
        cv2.line(page, (790, 198), (790, 220), 40, 4)
        noisy = cv2.GaussianBlur(
            np.clip(page + np.random.default_rng(7).normal(0, 5, page.shape), 0, 255).astype(np.uint8), (0, 0), 0.6
        )
        (lattice,) = way(noisy)
        assert [round(y, -1) for y in lattice.ys] == [100, 160, 220]
        assert sorted(lattice.origins) == [(row, col, 1, 1) for row in (0, 1) for col in (0, 1, 2)]

    def straight(width: int, height: int, *tables: tuple[int, int]) -> Straight:
        """A page without ink that holds tables from one x to another."""
        lattices = tuple(
            Lattice((float(a), (a + b) / 2, float(b)), (50.0, 90.0), ((0, 0, 1, 1), (0, 1, 1, 1)), frozenset())
            for a, b in tables
        )
        return Straight(1, np.full((height, width), 250, np.uint8), 0.5, lattices, 0)

    def test_two_pages_on_one_sheet_are_told_apart():
        left, right = leaves(straight(1600, 1100, (100, 700), (900, 1500)))
        assert (left.page.flat.shape, left.offset, left.page.lattices[0].xs) == (
            (1100, 800),
            0.0,
            (100.0, 400.0, 700.0),
        )
        assert (right.page.flat.shape, right.offset, right.page.lattices[0].xs) == (
            (1100, 800),
            400.0,
            (100.0, 400.0, 700.0),
        )

    @pytest.mark.parametrize(
        "sheet",
        [
            straight(1600, 1100, (100, 1500)),
            straight(1600, 1100, (100, 700)),
            straight(1600, 1100, (100, 700), (900, 1500), (300, 1200)),
            straight(1100, 1600, (100, 500), (600, 1000)),
            straight(1600, 1100, (100, 400), (500, 1500)),
        ],
    )
    def test_one_page_stays_one(sheet):
        (only,) = leaves(sheet)
        assert (only.page, only.offset) == (sheet, 0.0)
