"""Tables over a page break."""

from extract.document import Cell, Grid, Reading
from tests.test_recognise import seven
from transform.forms.form import load_forms
from transform.observations.observe import observe
from transform.recognition.headers import T3_COLUMNS
from transform.recognition.recognise import recognise

EDGES = (60.0, 85.0, 136.0, 257.0, 296.0, 336.0, 376.0, 415.0, 454.0, 494.0, 533.0)
HEADER = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
LABELS = {r.id: r.label_zh for r in load_forms()["sc_2021"].table("matrix").rows}


def grid(number: int, page: int, rows: list[list[tuple[str, int]]], edges: tuple[float, ...] = EDGES) -> Grid:
    """Rows of (text, columns covered)."""
    cells = []
    for r, row in enumerate(rows):
        col = 0
        for text, span in row:
            cells.append(Cell(r, col, text, f"p{page} {edges[col]},{r}", 1, span))
            col += span
    return Grid(number, len(rows), len(edges) - 1, tuple(cells), page, edges)


def header_row() -> list[tuple[str, int]]:
    return [("申请人情况", 3), *[(h, 1) for h in HEADER]]


def values_row(label: str, values: list[object]) -> list[tuple[str, int]]:
    return [(label, 3), *[(str(v), 1) for v in values]]


def read(*grids: Grid):
    return {(o.indicator, o.applicant): o for o in observe(recognise(Reading("test", False, grids)))}


def test_rows_on_the_next_page_stand_under_the_first_pages_header():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], seven(3))])
    second = grid(2, 2, [values_row(LABELS["res_granted_full"], seven(40))])
    got = read(first, second)
    assert [got["res_granted_full", c].value for c in T3_COLUMNS] == seven(40)
    assert got["res_granted_full", "ngo"].locator.startswith("p2 ")


def test_a_narrower_table_above_does_not_move_the_columns():
    blocks = (60.0, 254.0, 394.0, 533.0)
    above = grid(
        1,
        1,
        [[("信息内容", 1), ("采购项目数量", 1), ("采购总金额", 1)], [("政府集中采购", 1), ("3", 1), ("27270", 1)]],
        blocks,
    )
    below = grid(2, 2, [header_row(), values_row(LABELS["req_new"], seven(3))])
    got = read(above, below)
    assert [got["req_new", c].value for c in T3_COLUMNS] == seven(3)
    assert got["procurement.amount", None].value == 27270
    assert {o.reading for o in got.values()} <= {"single"}


def test_label_cut_by_the_page_break_is_one_row():
    first = grid(1, 1, [header_row(), values_row("（二）部分公开（区分处理的，只计这", seven(3))])
    second = grid(
        2, 2, [values_row("一情形，不计其他情形）", [""] * 7), values_row(LABELS["req_carried_out"], seven(9))]
    )
    got = read(first, second)
    assert [got["res_granted_part", c].value for c in T3_COLUMNS] == seven(3)
    assert got["req_carried_out", "total"].value == seven(9)[-1]


def test_digits_that_a_narrow_column_wrapped_over_the_break_are_joined():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], ["1", 2, 0, 0, 0, 0, "1"])])
    second = grid(
        2, 2, [values_row("", ["0", "", "", "", "", "", "2"]), values_row(LABELS["req_carried_in"], seven(5))]
    )
    got = read(first, second)
    assert (got["req_new", "natural_person"].value, got["req_new", "total"].value) == (10, 12)
    assert got["req_new", "natural_person"].locator.count("p") == 2


def test_whole_rows_at_the_break_are_not_joined():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], seven(3))])
    second = grid(2, 2, [values_row(LABELS["req_carried_in"], seven(50))])
    got = read(first, second)
    assert got["req_new", "total"].value == seven(3)[-1]
    assert got["req_carried_in", "total"].value == seven(50)[-1]


def test_row_after_a_cut_label_whose_rest_is_unknown_is_doubtful():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], seven(3)), values_row("6.属于四类过程", seven(9))])
    second = grid(2, 2, [values_row(LABELS["req_carried_out"], seven(40)), values_row(LABELS["res_total"], seven(60))])
    got = read(first, second)
    assert got["req_carried_out", "total"].reading == "doubtful"
    assert got["req_new", "total"].reading == got["res_total", "total"].reading == "single"


def test_stray_figures_on_the_next_page_leave_the_row_above_doubtful():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], ["", 2, 0, 0, 0, 0, 2])])
    second = grid(2, 2, [values_row("", ["5", "", "", "", "", "", ""]), values_row(LABELS["req_carried_in"], seven(5))])
    got = read(first, second)
    assert got["req_new", "natural_person"].value is None
    assert got["req_new", "natural_person"].reading == "doubtful"
    assert got["req_carried_in", "total"].value == seven(5)[-1]


def test_digits_over_the_break_in_a_column_with_room_are_doubtful():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], ["1", 2, 0, 0, 0, 0, "1"])])
    second = grid(2, 2, [values_row("", ["0", "", "", "", "", "", "2"])])
    got = read(first, second)
    assert got["req_new", "total"].reading == "doubtful"
    assert got["req_new", "company"].reading == "single"


def test_rest_of_a_row_below_a_repeated_header_belongs_to_its_cells():
    first = grid(1, 1, [header_row(), values_row(LABELS["req_new"], ["1329", 2, 0, 0, 0, 0, "1331"])])
    rest = values_row("", ["0", "", "", "", "", "", "0"])
    second = grid(2, 2, [header_row(), rest, values_row(LABELS["req_carried_in"], seven(5))])
    got = read(first, second)
    assert [got["req_new", c].value for c in T3_COLUMNS] == [13290, 2, 0, 0, 0, 0, 13310]
    assert [got["req_carried_in", c].value for c in T3_COLUMNS] == seven(5)


T4_EDGES = tuple(60.0 + 30 * i for i in range(16))
T4_HEAD: list[list[tuple[str, int]]] = [
    [("行政复议", 5), ("行政诉讼", 10)],
    [("", 5), ("未经复议直接起诉", 5), ("复议后起诉", 5)],
    [(leaf, 1) for leaf in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计") * 3],
]


def test_rest_of_the_row_of_table_4_belongs_to_its_cells():
    figures = ["1329", "0", "0", "0", "1329", *["0"] * 10]
    first = grid(1, 1, [*T4_HEAD, [(text, 1) for text in figures]], T4_EDGES)
    rest = [(text, 1) for text in ("0", "", "", "", "0", *[""] * 10)]
    for second in (grid(2, 2, [rest], T4_EDGES), grid(2, 2, [*T4_HEAD, rest], T4_EDGES)):
        got = read(first, second)
        assert (got["review_upheld", None].value, got["review_total", None].value) == (13290, 13290)
        assert got["lit_direct_total", None].value == 0


def test_number_without_a_place_below_a_row_leaves_the_cell_above_it_doubtful():
    stray = values_row("", ["", "", "7", "", "", "", ""])
    got = read(grid(1, 1, [header_row(), values_row(LABELS["req_new"], seven(3)), stray]))
    assert {c: got["req_new", c].reading for c in T3_COLUMNS} == {
        c: "doubtful" if c == "research_inst" else "single" for c in T3_COLUMNS
    }
