"""Where the official tables can stand in a text that lost them: phrases of the form found whatever the line ends cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transform.forms.characters import matchable

_T3_HEADER = re.compile(r"申请人情况")
# The header with its columns below: where the label of the first row is wrapped around its figures.
_T3_COLUMNS = re.compile(r"申请人情况(?=[^0-9。]{0,100}自然人)(?=[^0-9。]{0,140}总计)")
_T3_FIRST = re.compile(r"本年新收政府信息公开申请数量")
_T3_LAST = re.compile(r"结转下年度继续办理")
#: Rows that no sentence of a report names: Table 3 begins with one of them where its beginning is lost.
_T3_ROW = re.compile(
    r"上年结转政府信息公开申请数量|属于三类内部事务信息|属于四类过程性信息|属于行政执法案卷|属于行政查询事项|没有现成信息需要另行制作"
    r"|补正后申请内容仍不明确|信访举报投诉类申请|要求提供公开出版物|无正当理由大量反复申请|结转下年度继续办理"
)
_T2_FIRST = re.compile(r"第二十条第\(?一\)?项")
_T2_HEADER = re.compile(
    r"信息内容.{0,3}(?:本年|上一年)|本年制发件数|本年新制作数量|上一年项目数量|本年处理决定数量|本年收费金额|现行有效件数?"
)
#: Rows of Table 2 with a figure, as no sentence has them (行政处罚887件).
_T2_ROW = re.compile(
    r"(?P<row>规章|规范性文件|行政许可|行政处罚|行政强制|行政事业性收费)\|*[-+]?\d[\d.,]*(?![\d.,件项条宗起个次部万亿元%])"
)
_T2_END = re.compile(r"[三四]?[、.]?(?:收到和处理政府信息公开申请|依申请公开(?:政府信息)?情况)(?!.{0,4}[、。,;])")
_T4_FIRST = re.compile(r"行政复议[、,和及与]?(?:提起|被提起)?行政诉讼")
_T4_HEADER = re.compile(
    r"结果维持\W{0,3}结果纠正|尚未审结\W{0,3}总计|结结其尚|维纠结审|(?<![\u3400-\u9fff、,。])行政复议[^0-9。,\u3400-\u9fff]{0,12}结果维持"
)
_AFTER_T4 = re.compile(r"[一二三四五六七八]、[^。0-9]{0,20}(问题|改进|其他需要)")
#: The parts of （六）其他处理 in the form of 2021, of which one label at least is not cut by its figures.
DIVIDED = re.compile(r"不再处理其政府信息|无正当理由逾期不补正|逾期未按收费通知")
LISTS = re.compile(r"统计指标|指标名称|主动公开政府信息数|主动公开信息数|主动公开信息总?数")


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A text in NFKC and simplified characters without white space; ``places`` are the offsets of its characters."""

    text: str
    places: tuple[int, ...]

    def place(self, at: int, end: int) -> int:
        return self.places[at] if at < len(self.places) else end


def squeezed(printed: str) -> Squeezed:
    text = matchable(printed)
    places = tuple(i for i, char in enumerate(text) if not char.isspace())
    return Squeezed("".join(text[i] for i in places), places)


def regions(source: Squeezed, end: int) -> dict[str, tuple[int, int]]:
    """Return (start, stop) of what can hold each table (t2, t3, t4), between its own first words and the next table's."""
    text = source.text
    found: dict[str, tuple[int, int]] = {}
    t3 = _table_3(text)
    last = _T3_LAST.search(text, t3[1]) if t3 else None
    t4 = _table_4(text, last.end() if last else t3[1] if t3 else 0)
    if t3:
        stop = t4 if t4 is not None else len(text) if last else min(len(text), t3[1] + 6000)
        found["t3"] = t3[0], stop
    t2 = _table_2(text, t3[2] if t3 else t4 if t4 is not None else len(text))
    if t2:
        found["t2"] = t2
    if t4 is not None:
        after = _AFTER_T4.search(text, t4)
        found["t4"] = t4, after.start() if after else len(text)
    return {table: (source.place(a, end), source.place(b, end)) for table, (a, b) in found.items()}


def _table_3(text: str) -> tuple[int, int, int] | None:
    """Return where Table 3 begins, where its first label ends and where its header begins."""
    first = _T3_FIRST.search(text) or _T3_COLUMNS.search(text)
    if first:
        header = list(_T3_HEADER.finditer(text, 0, first.end()))
        begin = header[-1].start() if header else first.start()
        # Figures between the header and the first label: the labels stand behind their figures here.
        labels_behind = len(re.findall(r"\d", text[begin : first.start()])) >= 7
        return begin if labels_behind else first.start(), first.end(), begin
    row = _T3_ROW.search(text)
    return (max(0, row.start() - 3), row.start(), row.start()) if row else None


def _table_2(text: str, stop: int) -> tuple[int, int] | None:
    headings = list(_T2_FIRST.finditer(text, 0, stop))
    start = headings[-1].start() if headings else None
    if start is None:
        header = _T2_HEADER.search(text, 0, stop)
        start = header.start() if header else None
    if start is None:
        rows = list(_T2_ROW.finditer(text, 0, stop))
        start = rows[0].start() if len({row["row"] for row in rows}) > 1 else None
    if start is None:
        return None
    ends = _T2_END.search(text, start, stop)
    return start, ends.start() if ends else stop


def _table_4(text: str, start: int) -> int | None:
    """Return where Table 4 begins: behind its heading, else where its header begins."""
    heading = _T4_FIRST.search(text, start)
    header = _T4_HEADER.search(text, start)
    if heading and (start or header):
        later = [m for m in _T4_FIRST.finditer(text, start, header.start())] if header else []
        return (later[-1] if later and header else heading).end()
    return header.start() if header else None
