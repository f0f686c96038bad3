"""Damaged pages: cut, tags lost, bytes overwritten. Never a traceback, never long, never a wrong cell that is confirmed.

The digits of a value are never themselves changed, nor is anything cut out of one cell alone (from behind ``<td`` to the
next cell or row): the page then says something else, or an empty cell, and no reader can know. Damage is thrown from a seed, the same on every machine.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from extract.documents.html.damage import mark_damage
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from tests.defects import cell_values, layouts, lists, markups, pages  # each registers its kinds
from tests.defects.sample import KINDS
from transform.observation import Observation
from transform.reports.read_report import read_report

SITE = Path(__file__).resolve().parent.parent / "data" / "sample" / "site"
PAGES = 300
LONGEST = 2.0
MODULES = (cell_values, layouts, lists, markups, pages)
SAMPLES = (
    "R01_word_pasted",
    "R02_unclosed_cells",
    "R05_one_letter_spans",
    "R18_line_breaks_in_source",
    "A01_blank_for_zero",
    "B27_header_split",
    "B35_split_with_second_header",
    "B41_spare_empty_column",
    "B47_local_extra_row",
    "B62_joined_in_one_grid",
    "L01_list",
    "L02_year_and_cumulative_columns",
)
_TAG = re.compile(r"</?(?:td|tr|th|table|tbody|p|span|div|b|strong)\b[^<>]*>")
_CELL = re.compile(r"<t[dh](\b[^<>]*>.*?)(?=</?t[dhr]\b|</?table)", re.DOTALL)
_STARTS = re.compile(r"<t[dhr]\b")
Key = tuple[str, str | None]


def sources() -> list[str]:
    """Return undamaged pages: some of the sample portal's reports and some of the typeset kinds."""
    site = [p.read_bytes() for p in sorted(SITE.rglob("*.html"))]
    reports = [data.decode("utf-8") for data in site if b"<table" in data and len(data) > 15_000 and _is_utf8(data)]
    kinds = [k.draw(seed).pages[0].decode() for k in KINDS if k.name in SAMPLES for seed in (0, 1)]
    return [*reports[:: max(1, len(reports) // 8)], *kinds]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def cut(page: str, dice: random.Random) -> bytes:
    """Remove one stretch of the source, of 1 to 3000 characters, that is not within one cell; or the end."""
    if dice.random() < 0.15:
        return page[: dice.randrange(len(page) // 3, len(page))].encode()
    cells = [m.span(1) for m in _CELL.finditer(page)]
    while True:
        start = dice.randrange(len(page))
        stop = min(len(page), start + int(3 ** dice.uniform(0, 7.3)))
        if _STARTS.search(page, start, stop) or not any(a <= start < b for a, b in cells):
            return (page[:start] + page[stop:]).encode()


def lose_tags(page: str, dice: random.Random) -> bytes:
    """Remove one to twelve tags."""
    tags = [m.span() for m in _TAG.finditer(page)]
    for start, stop in sorted(dice.sample(tags, dice.randint(1, 12)), reverse=True):
        page = page[:start] + page[stop:]
    return page.encode()


def overwrite(page: str, dice: random.Random) -> bytes:
    """Overwrite one to forty bytes, no digits outside tags, by bytes that are no digits."""
    data = bytearray(page.encode())
    kept = bytearray(re.sub(rb"<[^<>]*>", lambda m: b"\0" * len(m[0]), bytes(data)))
    for _ in range(dice.randint(1, 40)):
        at = dice.randrange(len(data))
        if not chr(kept[at]).isdigit():
            data[at] = dice.choice([b for b in range(1, 256) if not chr(b).isdigit()])
    return bytes(data)


def mixed(page: str, dice: random.Random) -> bytes:
    """Lose tags and cut."""
    return cut(lose_tags(page, dice).decode(), dice)


DAMAGE: tuple[Callable[[str, random.Random], bytes], ...] = (cut, lose_tags, overwrite, mixed)


def read(data: bytes) -> list[Observation]:
    try:
        return [o for r in read_report(read_document(data)) for o in r.observations if o.source == "table"]
    except UnreadableDocument:
        return []


def figures(observations: list[Observation]) -> dict[Key, set[tuple[float | None, str]]]:
    out: dict[Key, set[tuple[float | None, str]]] = {}
    for o in observations:
        out.setdefault((o.indicator, o.applicant), set()).add((o.value, o.status))
    return out


def silent_errors(true: dict[Key, set[tuple[float | None, str]]], seen: list[Observation]) -> list[Observation]:
    """Return the confirmed observations that say something the undamaged page does not."""
    return [
        o
        for o in seen
        if o.reading == "confirmed" and (o.value, o.status) not in true.get((o.indicator, o.applicant), ())
    ]


@pytest.fixture(scope="module")
def undamaged() -> list[tuple[str, dict[Key, set[tuple[float | None, str]]]]]:
    return [(page, figures(read(page.encode()))) for page in sources()]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda d: d.__name__)
def test_damaged_page_gives_no_traceback_no_delay_and_no_silent_error(damage, undamaged):
    slow, silent = [], []
    for seed in range(PAGES // len(DAMAGE)):
        page, true = undamaged[seed % len(undamaged)]
        dice = random.Random(f"{damage.__name__} {seed}")
        start = time.process_time()
        seen = read(damage(page, dice))
        if time.process_time() - start > LONGEST:
            slow.append(seed)
        silent += [(seed, o.indicator, o.applicant, o.value_text, o.locator) for o in silent_errors(true, seen)]
    assert (slow, silent) == ([], [])


@pytest.mark.parametrize("emptied", ["<td ald></td>", '<td style="width:4></td>', "<td align=center b><td>7</td>"])
def test_cell_emptied_with_a_part_of_its_tag_is_not_blank(emptied):
    grid = (
        read_document(f"<table><tr><td>规章</td>{emptied}</tr><tr><td>a</td><td>b</td></tr></table>".encode())
        .readings[0]
        .grids[0]
    )
    assert "\ufffd" in grid.cells[1].text


def test_attribute_without_a_value_leaves_an_empty_cell_empty():
    grid = (
        read_document(b"<table><tr><td>a</td><td nowrap></td></tr><tr><td>b</td><td>c</td></tr></table>")
        .readings[0]
        .grids[0]
    )
    assert grid.cells[1].text == ""


@pytest.mark.parametrize("piece", ["<script ", "<!-- ", "<style x "], ids=["scripts", "comments", "style sheets"])
def test_what_is_never_closed_is_looked_for_once(piece):
    source = "<p>" + piece * 100_000
    start = time.process_time()
    assert mark_damage(source)
    assert time.process_time() - start < 5 * LONGEST
