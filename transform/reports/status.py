"""What a document is and how far it could be read: the ``status`` of its report with the reason in words.

A notice about annual reports, a rule, a reply, a guide, an empty form or a page on half a year is ``no_report``. A page
that bears the title of an annual report, has its sections, or gives one official figure of a whole year never is.
"""

from __future__ import annotations

import re
from itertools import islice

from extract.document import Document
from transform.forms.characters import matchable
from transform.forms.form import Form, load_forms
from transform.observation import FormTable, Observation, Section
from transform.recognition.headers import T3_COLUMNS, T4_COLUMNS

#: Until this year the Regulation asked for a report in prose (Order 492, Art. 32); the tables of 2014 were told upward.
LAST_NARRATIVE_YEAR = 2018
_TABLES = {"t2": "Table 2 (主动公开)", "t3": "Table 3 (申请)", "t4": "Table 4 (复议诉讼)"}
_TITLE = re.compile(
    r"(?:年度报告|年报|年度工作报告|(?:信息公开|政务公开)(?:工作)?(?:情况)?(?:的)?(?:报告|总结))(?:[(《].{0,20})?$"
)
_PART_OF_YEAR = re.compile(
    r"[上下]半年|半年报|第[一二三四1-4]季度|[一二三四]季度|(?<!\d)(?:1[0-2]|[1-9])(?:[-—至]\d{1,2})?月份?(?!\d|\d*日).{0,6}(?:统计|情况|数据|报)"
)
_NOTICE = re.compile(r"通知$|的通告$|的公告$")
_NOTICE_TEXT = re.compile(r"(?:现将|现就).{0,60}(?:通知|通告)如下|(?:遵照|贯彻|参照)执行.?$", re.MULTILINE)
_REPLY = re.compile(r"收悉.{0,80}(?:答复|函复|批复|回复)如下", re.DOTALL)
_RULES = re.compile(r"(?:条例|办法|规定|细则|制度|规范|规程)(?:\(.{0,12}\))?$")
_ARTICLES = re.compile(r"^\s*第[一二三四五六七八九十百]{1,4}条", re.MULTILINE)
_GUIDE = re.compile(r"(?:公开|申请|工作)(?:指南|目录|流程图?|须知|说明)$|^(?:指南|填报说明|填表说明)$")
_OFFICIAL = re.compile(r"主动公开信息数|申请总数|答复总数|统计指标|指标名称|统计报表|统计表|信息内容|申请人情况")


def not_a_report(document: Document, observations: list[Observation], sections: tuple[Section, ...]) -> str | None:
    """Return what else a document is, in words; None where it is, or can be, an annual report."""
    beginning = filter(str.strip, document.text[:20_000].split("\n"))
    lines = [re.sub(r"\s+", "", matchable(line[:200])) for line in islice(beginning, 12)]
    named = [re.sub(r"\s+", "", matchable(document.meta.get(name, ""))) for name in ("ArticleTitle", "title")]
    titles = [line for line in (*(re.split(r"[-_|]", name)[0] for name in named), *lines) if 4 <= len(line) <= 60]
    if any(_TITLE.search(line) and not _PART_OF_YEAR.search(line) for line in titles):
        return None
    if any(_PART_OF_YEAR.search(line) and "公开" in line for line in titles[:4]):
        return "a page on a part of a year"
    if any(o.value is not None and o.source == "table" for o in observations):
        return None
    if sum(1 for section in sections if section.section) >= 3:
        return None
    text = matchable(document.text[:20_000])
    if any(map(_NOTICE.search, titles[:5])) or _NOTICE_TEXT.search(text):
        return "a notice"
    if _REPLY.search(text):
        return "a reply to another body"
    if len(_ARTICLES.findall(text)) >= 3 and (any(map(_RULES.search, titles)) or len(_ARTICLES.findall(text)) >= 8):
        return "a rule or regulation"
    if any(map(_GUIDE.search, titles)):
        return "a guide or directory"
    squeezed = re.sub(r"\s+", "", text)
    empty = not any(o.value is not None for o in observations) and len(_OFFICIAL.findall(squeezed)) >= 2
    return "an empty form" if empty and squeezed.count("。") < 2 and not sections_with_text(sections) else None


def sections_with_text(sections: tuple[Section, ...]) -> int:
    return sum(1 for section in sections if section.section and section.text.strip())


def status_of(
    document: Document,
    tables: list[FormTable],
    form: str | None,
    year: int | None,
    observations: list[Observation],
    sections: tuple[Section, ...],
) -> tuple[str, str | None]:
    """Return (status, reason) of a report."""
    notes = "; ".join(document.notes) or None
    if not any(t.cells or t.leftovers for t in tables):
        return _without_tables(document, notes, year, observations, sections)
    missing = _missing(form, observations)
    if not any(o.value is not None for o in observations if o.source == "table"):
        missing = [*missing, "no figure in the tables"]
    if missing:
        return "partly_read", "; ".join([*missing, *document.notes])
    return "read", notes


def _without_tables(
    document: Document,
    notes: str | None,
    year: int | None,
    observations: list[Observation],
    sections: tuple[Section, ...],
) -> tuple[str, str | None]:
    if document.pictures:
        return (
            "tables_are_pictures",
            notes or f"no official table in the text; {document.pictures} pictures could hold it",
        )
    told = bool(observations)
    if _is_of_prose(document.text, year) and (told or sections_with_text(sections)):
        return "narrative", notes or "told in prose, without an official table"
    if told:
        return "partly_read", "; ".join(["no official table found", *document.notes])
    return "unreadable", notes or "no official table found"


def _is_of_prose(text: str, year: int | None) -> bool:
    """Tell whether a report is on a year that asked for prose alone; without a year the latest that its text names decides."""
    named = [year] if year is not None else [int(y) for y in re.findall(r"(?<!\d)20[0-3]\d(?=\s*年)", text)]
    return bool(named) and max(named) <= LAST_NARRATIVE_YEAR


def _missing(form: str | None, observations: list[Observation]) -> list[str]:
    """Return in words what of a form's tables the document does not give."""
    if form is None:
        return []
    printed = {(o.indicator, o.applicant) for o in observations if o.source == "table"}
    expected = _expected(load_forms()[form])
    out = []
    for table, rows in expected.items():
        name = _TABLES.get(table, "the list")
        gone = [row for row, keys in rows.items() if not keys <= printed]
        if len(gone) == len(rows) and not any(keys & printed for keys in rows.values()):
            out.append(f"{name} not found")
        elif gone and not (table == "t3" and _undivided(gone, printed)):
            out.append(f"{name} not in full")
    return out


def _expected(form: Form) -> dict[str, dict[str, set[tuple[str, str | None]]]]:
    """Return the cells of each official table by row; of a list, those rows whose label was seen in print."""
    out: dict[str, dict[str, set[tuple[str, str | None]]]] = {}
    for table in form.tables:
        if table.kind == "blocks":
            out["t2"] = {
                f"{block.id} {row.id}": {(f"{row.id}.{column.id}", None) for column in block.columns}
                for block in table.blocks
                for row in block.rows
            }
        elif table.kind == "matrix":
            out["t3"] = {row.id: {(row.id, column) for column in T3_COLUMNS} for row in table.rows if not row.heading}
        elif table.kind == "single_row":
            out["t4"] = {"cases": {(column, None) for column in T4_COLUMNS}}
        elif form.id == "sc_2014":
            out["list"] = {row.id: {(row.id, None)} for row in table.rows if not row.heading and not row.guessed}
    return out


def _undivided(gone: list[str], printed: set[tuple[str, str | None]]) -> bool:
    """Tell whether all that is missing are the parts of （六）其他处理, printed as one row as in 2019."""
    return all(row.startswith("res_other_") for row in gone) and ("res_other", "total") in printed
