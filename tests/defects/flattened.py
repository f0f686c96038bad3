"""Section B as text: tables whose grid was lost, with what readers of PDF files and web extractors do to them."""

from __future__ import annotations

from collections.abc import Callable

from typesetting.report import Paragraph
from typesetting.table import PrintedTable

from tests.defects.figures import Key
from tests.defects.sample import Draft, Layout, kind
from tests.defects.tables import flat

Lines = list[str]


def text(draft: Draft, table: Callable[[PrintedTable], Lines] = flat) -> bytes:
    """Return the report as text, each table as the lines ``table`` gives, the lines of a cell kept together."""
    return "\n".join(lines(draft, table)).encode()


def lines(draft: Draft, table: Callable[[PrintedTable], Lines] = flat) -> Lines:
    out: Lines = []
    for block in draft.blocks():
        out += [block.text] if isinstance(block, Paragraph) else [line for line in table(block) if line.strip()]
    return out


def by_rows(joint: str) -> Callable[[PrintedTable], Lines]:
    return lambda table: [joint.join(cell.text for cell in row if cell.text.strip()) for row in table.rows]


def piped(table: PrintedTable) -> Lines:
    return ["| " + " | ".join(cell.text for cell in row) + " |" for row in table.rows]


@kind("B44_one_cell_a_paragraph")
def one_cell_a_paragraph(draft: Draft) -> bytes:
    return text(draft)


@kind("B44b_one_cell_a_paragraph_in_html")
def one_cell_a_paragraph_in_html(draft: Draft) -> bytes:
    return draft.page("\n".join(f"<p>{line}</p>" for line in lines(draft)))


@kind("B44c_one_row_a_line")
def one_row_a_line(draft: Draft) -> bytes:
    return text(draft, by_rows((" ", "\t", "   ")[draft.seed % 3]))


@kind("B44d_piped_rows")
def piped_rows(draft: Draft) -> bytes:
    return text(draft, piped)


@kind("B44e_all_in_one_line")
def all_in_one_line(draft: Draft) -> bytes:
    return text(draft, lambda table: [" ".join(" ".join(c.text for c in row) for row in table.rows)])


@kind("B30b_total_header_before_the_rest")
def total_header_first(draft: Draft) -> bytes:
    # 自然人 | 法人或其他组织 | 总计 | 商业企业 … is the reading order of a header in two rows; the values keep their own.
    return text(draft)


@kind("B31b_vertical_label_in_text")
def vertical_label_in_text(draft: Draft) -> bytes:
    def cut(table: PrintedTable) -> Lines:
        return [
            line
            for cell in flat(table)
            for line in (list(cell) if cell in ("三、本年度办理结果", "结果维持") else [cell])
        ]

    return text(draft, cut)


@kind("B32_interleaved_header")
def interleaved_header(draft: Draft) -> bytes:
    """The vertical labels over Table 4 come row by row: 结 结 其 尚 总 / 果 果 他 未 计 / 维 纠 结 审 / 持 正 果 结."""

    def cases(table: PrintedTable) -> Lines:
        if table.name != "t4":
            return flat(table)
        labels = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"] * 3
        rows = [" ".join(label[i] for label in labels if i < len(label)) for i in range(4)]
        return [
            "行政复议",
            "行政诉讼",
            "未经复议直接起诉",
            "复议后起诉",
            *rows,
            " ".join(c.text for c in table.rows[-1]),
        ]

    return text(draft, cases)


@kind("B34_values_between_label_lines")
def values_between_label_lines(draft: Draft) -> bytes:
    """A label wrapped over two lines, its figures on a line between them."""

    def wrap(table: PrintedTable) -> Lines:
        out: Lines = []
        for row in table.rows:
            labels = [c.text for c in row if c.kind == "label"]
            values = [c.text for c in row if c.kind == "value"]
            if table.name == "t3" and values and labels and len(labels[-1]) > 12:
                label = labels[-1]
                out += [*labels[:-1], label[:9], " ".join(values), label[9:]]
            else:
                out.append(" ".join(c.text for c in row))
        return out

    return text(draft, wrap)


@kind("B35d_group_cut_by_page")
def group_cut_by_page(draft: Draft) -> bytes:
    """（四）无 / page mark / 法提供 in the middle of the rows."""
    out = "\n".join(lines(draft, by_rows(" ")))
    return out.replace("（四）无法提供", "（四）无\n— 4 —\n法提供").encode()


@kind("B36b_page_marks_in_text")
def page_marks_in_text(draft: Draft) -> bytes:
    out = lines(draft, by_rows(" "))
    for number, place in enumerate(range(12, len(out), 14), 2):
        out.insert(place + number, ("-{}-", "— {} —", "- {} -", "第{}页")[draft.seed % 4].format(number))
    return "\n".join(out).encode()


@kind("B36c_page_marks_between_cells")
def page_marks_between_cells(draft: Draft) -> bytes:
    out = lines(draft)
    for number, place in enumerate(range(60, len(out), 57), 2):
        out.insert(place + number, ("-{}-", "— {} —", "- {} -")[draft.seed % 3].format(number))
    return "\n".join(out).encode()


@kind("B37_total_printed_away")
def total_printed_away(draft: Draft) -> bytes:
    """The last total stands alone far above its row; it may be doubtful, but must not be another row's."""
    row = ("res_np_duplicate", "res_unable_not_held", "res_granted_part")[draft.seed % 3]
    total = draft.printed[row, "total"]
    kept: list[bool] = []

    def away(table: PrintedTable) -> Lines:
        out: Lines = []
        for cells in table.rows:
            if table.name == "t3" and any(c.indicator == row for c in cells):
                kept.append(True)
                cells = cells[:-1]
            out.append(" ".join(c.text for c in cells))
        if table.name == "t3":
            out.insert(4, total)
        return out

    made = text(draft, away)
    assert kept
    return made


@kind("B38_value_only_rows")
def value_only_rows(draft: Draft) -> bytes:
    """Rows of seven figures alone, their labels one after the other before them."""

    def apart(table: PrintedTable) -> Lines:
        if table.name != "t3":
            return by_rows(" ")(table)
        out: Lines = [" ".join(c.text for c in row) for row in table.rows[:5]]
        rows = table.rows[5:]
        for start in range(0, len(rows), 3):
            group = rows[start : start + 3]
            out += ["".join(c.text for c in row if c.kind == "label") for row in group]
            out += [" ".join(c.text for c in row if c.kind == "value") for row in group]
        return out

    return text(draft, apart)


@kind("B40_stream_order")
def stream_order(draft: Draft) -> bytes:
    """The total of each path of Table 4 comes after the others in the text: accepted only where one way adds up."""

    def cases(table: PrintedTable) -> Lines:
        if table.name != "t4":
            return by_rows(" ")(table)
        row = [c.text for c in table.rows[-1]]
        groups = [row[i : i + 5] for i in (0, 5, 10)]
        moved = [" ".join(g[:4]) for g in groups] + ["总计", *(g[4] for g in groups)]
        return [*(" ".join(c.text for c in r) for r in table.rows[:-1]), *moved]

    draft.lose(draft.keys("t4"))
    return text(draft, cases)


@kind("B45_deduplicated")
def deduplicated(draft: Draft) -> bytes:
    """Each text is kept once, repeated headers and equal values are gone: nobody can place what is left."""
    draft.lose(draft.printed)
    return "\n".join(dict.fromkeys(lines(draft))).encode()


@kind("B42b_collapsed_empties_in_text")
def collapsed_in_text(draft: Draft) -> bytes:
    """Blank cells leave nothing in the text: rows are shorter than seven."""
    blank: set[Key] = set()
    for row in ("req_carried_in", "res_refused_internal", "res_np_petition"):
        for applicant in ("research_inst", "ngo", "legal_service"):
            draft.printed[row, applicant] = ""
            blank.add((row, applicant))
        draft.lose(k for k in draft.keys("t3") if k[0] == row)
    return text(draft)


@kind("B54b_rewritten_rows_in_text")
def rewritten_rows(draft: Draft) -> bytes:
    """A label, then 自然人：1，商业企业：2 … in one sentence a row: what a language model makes of a table."""
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")

    def told(table: PrintedTable) -> Lines:
        if table.name != "t3":
            return by_rows(" ")(table)
        out = ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"]
        for row in table.rows[3:]:
            label = "".join(c.text for c in row if c.kind == "label")
            values = [c.text for c in row if c.kind == "value"]
            out.append(label + " " + " ".join(f"{n} {v}" for n, v in zip(names, values, strict=True)))
        return out

    return text(draft, told)


@kind("B49b_undivided_other_in_text", "sc_2021")
def undivided_other_in_text(draft: Draft) -> bytes:
    parts = ("res_other_not_clarified", "res_other_fee_unpaid", "res_other_residual")
    for applicant in dict.fromkeys(k[1] for k in draft.keys("t3")):
        draft.printed["res_other", applicant] = str(sum(int(draft.printed.pop((part, applicant))) for part in parts))
    draft.layout = Layout(undivided_other=True)
    return text(draft)


@kind("B63b_lost_cell")
def lost_cell(draft: Draft) -> bytes:
    """One cell of Table 3 is missing from the text: its row is not sure, no other row may shift."""
    row = ("res_refused_third_party", "res_granted_full", "req_carried_out")[draft.seed % 3]
    draft.lose(k for k in draft.keys("t3") if k[0] == row)

    def lose(table: PrintedTable) -> Lines:
        return [c.text for r in table.rows for c in r if (c.indicator, c.applicant) != (row, "company")]

    return text(draft, lose)


def _town(draft: Draft) -> None:
    """Make nine figures in ten of Table 3 zero, as most reports have them; sums stay right."""
    rows = [k[0] for k in draft.keys("t3") if k[1] == "total" and k[0].startswith("res_") and k[0] != "res_total"]
    columns = [k[1] for k in draft.keys("t3") if k[0] == "res_total" and k[1] != "total"]
    for row in rows:
        for column in columns:
            if draft.dice(0, 9):
                draft.printed[row, column] = "0"
    for column in columns:
        decided = sum(int(draft.printed[row, column]) for row in rows)
        pending = draft.dice(0, 2)
        carried = draft.dice(0, min(2, decided + pending))
        for row, number in (("res_total", decided), ("req_carried_out", pending), ("req_carried_in", carried)):
            draft.printed[row, column] = str(number)
        draft.printed["req_new", column] = str(decided + pending - carried)
    for row in dict.fromkeys(k[0] for k in draft.keys("t3")):
        draft.printed[row, "total"] = str(sum(int(draft.printed[row, column]) for column in columns))


@kind("B44f_labels_in_a_lump")
def labels_in_a_lump(draft: Draft) -> bytes:
    """As text drawn from a PDF column by column: the middle rows of Table 3 first, their labels after them in a lump."""
    if draft.seed != 1:
        _town(draft)

    def lump(table: PrintedTable) -> Lines:
        if table.name != "t3":
            return by_rows(" ")(table)
        rows = table.rows[3:]
        named = {0, 1, *range(9, 12), len(rows) - 2, len(rows) - 1}
        out: Lines = [" ".join(c.text for c in row) for row in table.rows[:3]]
        waiting: Lines = []
        for number, row in enumerate(rows):
            labels = [c.text for c in row if c.kind == "label"]
            values = " ".join(c.text for c in row if c.kind == "value")
            if number in named:
                out.append(f"{labels[-1]} {values}")
            else:
                waiting += labels
                out.append(values)
            if number == len(rows) - 3:
                out += waiting
        return out

    return text(draft, lump)


@kind("B44g_zeros_run_together", sparse=True)
def zeros_run_together(draft: Draft) -> bytes:
    """Two zeros side by side without the space between them, now and then."""
    _town(draft)
    out = []
    for line in lines(draft, by_rows(" ")):
        at = line.find(" 0 0 0 0")
        out.append(line[: at + 2] + line[at + 3 :] if at > 0 and draft.dice(0, 4) == 0 else line)
    return "\n".join(out).encode()


@kind("B44h_small_piped_tables")
def small_piped_tables(draft: Draft) -> bytes:
    """One small piped table a row, wrapped labels outside it, before and after: what a converter makes of a PDF."""
    if draft.seed:
        _town(draft)

    def small(table: PrintedTable) -> Lines:
        if table.name != "t3":
            return piped(table)
        out: Lines = ["申请人情况", "自然人总计", "商业企科研机社会公法律服", "其他"]
        for row in table.rows[3:]:
            labels = [c.text for c in row if c.kind == "label"]
            values = [c.text for c in row if c.kind == "value"]
            if len(labels[-1]) > 11:
                out += [
                    *labels[:-1],
                    labels[-1][:11],
                    "| " + " | ".join(values) + " |",
                    "|" + "---|" * 7,
                    labels[-1][11:],
                ]
            else:
                out += [*labels[:-1], f"| {labels[-1]} | " + " | ".join(values) + " |", "|" + "---|" * 8]
        return out

    return text(draft, small)


@kind("B44i_town_one_cell_a_paragraph")
def town_paragraphs(draft: Draft) -> bytes:
    _town(draft)
    return draft.page("\n".join(f"<div>{line}</div>" for line in lines(draft)))


@kind("B44j_town_rows_wrapped")
def town_rows_wrapped(draft: Draft) -> bytes:
    """Labels wrapped every eight characters, their figures on the line of the last piece, page marks between."""
    _town(draft)

    def wrap(table: PrintedTable) -> Lines:
        out: Lines = []
        for number, row in enumerate(table.rows):
            label = "".join(c.text for c in row if c.kind == "label")
            pieces = [label[i : i + 8] for i in range(0, len(label), 8)] or [""]
            others = " ".join(c.text for c in row if c.kind != "label")
            out += [*pieces[:-1], f"{pieces[-1]} {others}"]
            if number % 9 == 8:
                out.append(f"— {number // 9 + 2} —")
        return out

    return text(draft, wrap)
