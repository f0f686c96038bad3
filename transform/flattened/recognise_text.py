"""Official tables whose grid was lost: text in, FormTables out.

Numbers are placed by the form's structure and accepted only where labels, counts of cells and identities leave one answer:
first each table as a whole, then, in a table that cannot be laid out, the rows that stand by themselves. Such a cell is at
most ``single``; what could stand in two places is not placed, but listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable

from extract.document import Cell, Document
from transform.flattened.lists import place_lists
from transform.flattened.matrix import place_matrix, rows_of
from transform.flattened.regions import DIVIDED, LISTS, regions, squeezed
from transform.flattened.rows import place_blocks, place_single_row
from transform.flattened.standing import standing_cases, standing_rows
from transform.flattened.tokens import Token, tokens
from transform.observation import FormCell, FormTable

READER = "text order"
Placed = list[tuple[str, str | None, Token, str | None]]
Found = tuple[Placed, list[tuple[Token, str]]]


def recognise_text(document: Document, missing: set[str], year: int | None = None) -> list[FormTable]:
    """Return the official tables that stand in the text outside any grid.

    ``missing`` names the tables (t2, t3, t4) that the grids did not give.
    """
    text = document.text
    source = squeezed(text)
    if {"t2", "t3", "t4"} <= missing and LISTS.search(source.text) and "申请人情况" not in source.text:
        listed = place_lists(text)
        if listed:
            return [_table(listed.form, listed.table, listed.cells, listed.rest, listed.note)]
    divided = DIVIDED.search(source.text) is not None
    form = form_of_text(source.text, divided, year)
    where = regions(source, len(text))
    found: dict[str, Found] = {}
    if "t2" in missing and "t2" in where:
        found["t2"] = _either(lambda t: place_blocks(form, t), text, where["t2"])
    if "t3" in missing and "t3" in where:
        rows = rows_of(form, divided)
        found["t3"] = _either(
            lambda t: place_matrix(form, divided, t, text[slice(*where["t3"])]),
            text,
            where["t3"],
            lambda t: standing_rows(rows, t, text),
        )
    if "t4" in missing and "t4" in where:
        found["t4"] = _either(place_single_row, text, where["t4"], standing_cases)
    return [_table(form, table, *placed) for table, placed in found.items() if placed[0] or placed[1]]


def _either(
    place: Callable[[list[Token]], Found],
    text: str,
    region: tuple[int, int],
    standing: Callable[[list[Token]], Placed] | None = None,
) -> Found:
    """Place the numbers of a region, 00 as one cell; as two cells only where that alone places everything."""
    numbers = tokens(text, *region)
    whole = place(numbers)
    if not whole[1]:
        return whole
    split = place(tokens(text, *region, split_zeros=True))
    if not split[1]:
        return split
    return _with_standing(whole, standing(numbers)) if standing else whole


def _with_standing(whole: Found, standing: Placed) -> Found:
    """Add the rows that stand by themselves to what was laid out as a whole; where the two differ neither is placed."""
    placed, rest = whole
    known = {(indicator, applicant): token for indicator, applicant, token, _ in placed}
    differ = {p[0] for p in standing if (other := known.get(p[:2])) is not None and other.start != p[2].start}
    added = [p for p in standing if p[0] not in differ and p[:2] not in known]
    used = {p[2].start for p in added if not p[2].blank}
    kept = [p for p in placed if p[0] not in differ]
    dropped = [(p[2], "two ways to place its row") for p in placed if p[0] in differ]
    return [*kept, *added], [*((t, why) for t, why in rest if t.start not in used), *dropped]


def _table(form: str, table: str, placed: Placed, rest: list[tuple[Token, str]], note: str | None = None) -> FormTable:
    cells = tuple(
        FormCell(
            indicator,
            applicant,
            _cell(token),
            False,
            False,
            "; ".join(filter(None, ("text without its table, placed by the form's structure", note))),
            doubt,
        )
        for indicator, applicant, token, doubt in placed
    )
    return FormTable(
        form, table, READER, False, cells, tuple((_cell(token), reason) for token, reason in rest if not token.blank)
    )


def _cell(token: Token) -> Cell:
    return Cell(0, 0, token.text, f"ch {token.start}-{token.stop}")


def form_of_text(text: str, divided: bool, year: int | None) -> str:
    """Return the form that a text (squeezed, simplified) prints labels of, else the one of its year."""
    if any(label in text for label in ("上一年项目数量", "本年新制作数量", "对外公开总数量", "采购项目数量")):
        return "sc_2019"
    if divided or any(label in text for label in ("本年制发件数", "现行有效件数", "本年收费金额")):
        return "sc_2021"
    return "sc_2019" if year is None or year < 2021 else "sc_2021"
