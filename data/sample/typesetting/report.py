"""A report as blocks in reading order: title, prose by section, tables where the form has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .forms import Figures, Layout, form_tables, load_form
from .table import PrintedTable

SECTIONS_2014 = (
    "一、概述",
    "二、主动公开政府信息情况",
    "三、依申请公开政府信息情况",
    "四、政府信息公开的收费及减免情况",
    "五、因政府信息公开申请行政复议、提起行政诉讼情况",
    "六、存在的主要问题及改进措施",
)


@dataclass(frozen=True)
class Paragraph:
    text: str
    kind: str = "body"  # title, heading, body, annex


Block = Paragraph | PrintedTable


@dataclass(frozen=True)
class Report:
    """What a report says. ``prose`` holds the paragraphs of each section (1 to 6), ``opening`` those before it."""

    title: str
    form: str
    figures: Figures
    opening: tuple[str, ...]
    prose: Mapping[int, tuple[str, ...]]
    layout: Layout = field(default_factory=Layout)


def report_blocks(report: Report, *, with_tables: bool = True) -> list[Block]:
    """Return a report's blocks. Without tables (they hang on the page as a file) sections two to four point to the file."""
    tables = form_tables(report.form, report.figures, report.layout)
    of_section = {1: "", 2: "t2", 3: "t3", 4: "t4"}
    headings = SECTIONS_2014 if report.form == "sc_2014" else tuple(load_form(report.form)["sections_zh"])
    blocks: list[Block] = [Paragraph(report.title, "title"), *map(Paragraph, report.opening)]
    for number, heading in enumerate(headings, 1):
        blocks.append(Paragraph(heading, "heading"))
        blocks += map(Paragraph, report.prose.get(number, ()))
        here = tables.get(of_section.get(number, ""), [])
        if here and with_tables:
            blocks += here
        elif here:
            blocks.append(Paragraph("本部分统计表详见附件。"))
    if "t1" in tables:
        blocks.append(Paragraph(f"附表：{load_form(report.form)['title_zh']}", "annex"))
        blocks += tables["t1"] if with_tables else [Paragraph("统计表详见附件。")]
    return blocks
