"""Official tables whose grid was lost: text in, FormTables out.

Numbers are placed by the form's structure and accepted only where labels, counts of cells and identities leave one
answer. The one thing to know: such a cell is at most ``single``; what could stand in two places is not placed, but
listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from extract.document import Cell, Document
from transform.flattened.matrix import place_matrix
from transform.flattened.rows import place_blocks, place_list, place_single_row
from transform.flattened.tokens import Token, tokens
from transform.observation import FormCell, FormTable

READER = "text order"
Found = tuple[list[tuple[str, str | None, Token, str | None]], list[tuple[Token, str]]]
_T3_HEADER = re.compile(r"申\s*请\s*人\s*情\s*况")
# The header with its columns below: where the label of the first row is wrapped around its figures.
_T3_COLUMNS = re.compile(r"申\s*请\s*人\s*情\s*况(?=[^0-9。]{0,120}自\s*然\s*人)(?=[^0-9。]{0,160}总\s*计)")
_T3_FIRST = re.compile(r"本\s*年\s*新\s*收\s*政\s*府\s*信\s*息\s*公\s*开\s*申\s*请\s*数\s*量")
_T3_LAST = re.compile(r"结\s*转\s*下\s*年\s*度\s*继\s*续\s*办\s*理")
_T2_FIRST = re.compile(r"第\s*二\s*十\s*条\s*第\s*[（(]\s*一\s*[)）]\s*项")
_T4_FIRST = re.compile(r"行\s*政\s*复\s*议\s*[、,，]?\s*行\s*政\s*诉\s*讼")
_AFTER_T4 = re.compile(r"[一二三四五六七八]\s*、[^\n。]{0,20}(问\s*题|改\s*进|其\s*他\s*需\s*要)")
_LIST_FIRST = re.compile(
    r"统\s*计\s*指\s*标|主\s*动\s*公\s*开\s*政\s*府\s*信\s*息\s*数|主\s*动\s*公\s*开\s*信\s*息\s*数"
)


def recognise_text(document: Document, missing: set[str], year: int | None = None) -> list[FormTable]:
    """Return the official tables that stand in the text outside any grid.

    ``missing`` names the tables (t2, t3, t4) that the grids did not give.
    """
    text = document.text
    regions = _regions(text)
    divided = "不再处理其政府信息公开申请" in re.sub(r"\s+", "", text)
    form = _form(text, divided, year)
    found: dict[str, Found] = {}
    if "t2" in missing and "t2" in regions:
        found["t2"] = _either(lambda t: place_blocks(form, t), text, regions["t2"])
    if "t3" in missing and "t3" in regions:
        found["t3"] = _either(
            lambda t: place_matrix(form, divided, t, text[slice(*regions["t3"])]), text, regions["t3"]
        )
    if "t4" in missing and "t4" in regions:
        found["t4"] = _either(place_single_row, text, regions["t4"])
    out = [_table(form, table, *placed) for table, placed in found.items() if placed[0] or placed[1]]
    if not out and {"t2", "t3", "t4"} <= missing and not regions:
        out = _list(text)
    return out


def _either(place: Callable[[list[Token]], Found], text: str, region: tuple[int, int]) -> Found:
    """Place the numbers of a region, 00 as one cell; as two cells only where that alone places everything."""
    whole = place(tokens(text, *region))
    if not whole[1]:
        return whole
    split = place(tokens(text, *region, split_zeros=True))
    return split if not split[1] else whole


def _list(text: str) -> list[FormTable]:
    start = _LIST_FIRST.search(text)
    if not start:
        return []
    out = []
    for form, table in (("sc_2014", "sc_2014_t1"), ("pre2014_local", "e_t1")):
        placed = place_list(form, tokens(text, start.start(), len(text)))
        if len(placed) >= 6:
            out.append(_table(form, table, placed, []))
    return sorted(out, key=lambda t: -len(t.cells))[:1]


def _table(
    form: str, table: str, placed: list[tuple[str, str | None, Token, str | None]], rest: list[tuple[Token, str]]
) -> FormTable:
    cells = tuple(
        FormCell(
            indicator,
            applicant,
            _cell(token),
            False,
            False,
            "text without its table, placed by the form's structure",
            doubt,
        )
        for indicator, applicant, token, doubt in placed
    )
    return FormTable(
        form, table, READER, False, cells, tuple((_cell(token), reason) for token, reason in rest if not token.blank)
    )


def _cell(token: Token) -> Cell:
    return Cell(0, 0, token.text, f"ch {token.start}-{token.stop}")


def _form(text: str, divided: bool, year: int | None) -> str:
    squeezed = re.sub(r"\s+", "", text)
    if any(label in squeezed for label in ("上一年项目数量", "本年新制作数量", "对外公开总数量", "采购项目数量")):
        return "sc_2019"
    if divided or any(label in squeezed for label in ("本年制发件数", "现行有效件数", "本年收费金额")):
        return "sc_2021"
    return "sc_2019" if year is None or year < 2021 else "sc_2021"


def _regions(text: str) -> dict[str, tuple[int, int]]:
    """Return where each table can stand: between its own first label and the next table's."""
    out: dict[str, tuple[int, int]] = {}
    first = _T3_FIRST.search(text) or _T3_COLUMNS.search(text)
    last = _T3_LAST.search(text, first.end()) if first else None
    t4 = _T4_FIRST.search(text, last.end()) if last else None
    if first:
        header = [m for m in _T3_HEADER.finditer(text, 0, first.end())]
        t3_start = header[-1].start() if header else first.start()
        t3_stop = t4.start() if t4 else len(text)
        if not last:
            t3_stop = min(t3_stop, first.end() + 6000)
        out["t3"] = first.start(), t3_stop
        t2 = [m for m in _T2_FIRST.finditer(text, 0, t3_start)]
        if t2:
            out["t2"] = t2[-1].start(), t3_start
    else:
        t2 = list(_T2_FIRST.finditer(text))
        if t2:
            out["t2"] = t2[-1].start(), len(text)
    if t4:
        after = _AFTER_T4.search(text, t4.end())
        out["t4"] = t4.end(), after.start() if after else len(text)
    return out
