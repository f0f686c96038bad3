"""Titles: what a document, its page and the list page call the report, taken apart into year and publisher.

In: a line of text. Out: a Title, or None where the line doesn't name an annual report. The one thing to know: a line is
compared in NFKC without white space, and citations (《…条例》, 《…的通知》), which name reports too, are cut out first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SPACE = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ue5e5]+")
_WIDE = tuple(zip("，：；（）！？", ",:;()!?", strict=True))
_CITATION = re.compile(r"《[^》]{0,80}(?:条例|通知|办法|格式|意见|国务院)[^》]{0,60}》")
_REPORT = re.compile(r"(?:政府|政务)?(?:信息公开|政务公开)[的工作和情况年度及执行]{0,12}(?:报告书?|年报(?:告|表)?)")
_NOT_A_REPORT = re.compile(r"^(?:有关|的?格式|编制|撰写|制度|模板|要求|目录|指南|栏目|专栏|工作的)")
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff0-9()·、〔〕]*$")
_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)(?:年度?|(?!\d))")
_YEAR_AFTER = re.compile(r"^[(〔\[]?(20[0-3]\d)(?:年度?)?[)〕\]]?(?!\d|-\d|年\d)")
_CHINESE_YEAR = re.compile(r"二[〇○零OoΟ0]([〇○零OoΟ0一二三四五六七八九])([〇○零OoΟ0一二三四五六七八九])年")
_DIGIT = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○零OoΟ0", "0")
_LEAD = re.compile(
    r"^(?:标题|名称|信息名称|题目|现将|现公布|公布|附件\d*|关于|公开|编制|发布|转发|印发|[年度的]|[()、·]|\d{1,4}|首页|当前位置)+"
)
_TAIL = re.compile(r"(?:关于|的|[(、·〔]|\d{1,2}|本级|年度)+$")
_INTRO = re.compile(r"^(?:本(?:年度?)?报告|根据|按照|依据|现将|为贯彻|一、|一\.|\(一\)|第一部分)")


@dataclass(frozen=True, slots=True)
class Title:
    """``text`` is the title without white space; ``publisher`` the words before or within it that name a body or, alone,
    a place; each None where the title doesn't tell."""

    text: str
    year: int | None
    publisher: str | None


def squeeze(text: str) -> str:
    """Return a text in NFKC without white space, with years written 二〇一九年 in digits."""
    # The common full-width signs first: after that most Chinese text is in NFKC already, and finding that out is cheap.
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = _SPACE.sub("", text)
    if "二" in text:
        text = _CHINESE_YEAR.sub(lambda m: f"20{_DIGIT[m[1]]}{_DIGIT[m[2]]}年", text)
    return text


@lru_cache(maxsize=1024)
def read_title(line: str) -> Title | None:
    """Take apart a line already squeezed; None where it names no annual report on information disclosure."""
    if "公开" not in line:
        return None
    line = _CITATION.sub("", line)
    for found in _REPORT.finditer(line):
        after = line[found.end() : found.end() + 16]
        if _NOT_A_REPORT.match(after):
            continue
        before = _RUN.search(line[max(0, found.start() - 60) : found.start()])
        head = before[0] if before else ""
        words = found[0]
        if head.endswith("人民") and words.startswith("政府"):
            head, words = head + "政府", words[2:]
        years = list(_YEAR.finditer(head))
        year, publisher = None, head
        if years:
            last = years[-1]
            year = int(last[1])
            left, right = head[: last.start()], head[last.end() :]
            publisher = right if len(_body(right)) > 1 else left
        elif later := _YEAR_AFTER.match(after):
            year = int(later[1])
        publisher = _body(publisher)
        return Title(head + words, year, publisher if len(publisher) > 1 else None)
    return None


def _body(words: str) -> str:
    return _TAIL.sub("", _LEAD.sub("", words.rstrip("(〔、")))


def find_title(lines: list[str], expected_year: int | None = None) -> Title | None:
    """Return the title among the first lines of a document: the last one that stands before the report begins.

    Side bars list the reports of other years above the page's own title, so a title of the year that the list page
    told (``expected_year``) goes first. A title broken over up to three lines is put together; a body's name alone on
    the line above belongs to it.
    """
    found: list[Title] = []
    for number, line in enumerate(lines):
        title = _title_at(lines, number)
        if title:
            found.append(title)
        if _INTRO.match(line) and (found or number > 40):
            break
    for title in reversed(found):
        if expected_year and title.year == expected_year:
            return title
    full = [title for title in found if title.year]
    ranked = full or found
    return ranked[-1] if ranked else None


def _title_at(lines: list[str], number: int) -> Title | None:
    line = lines[number]
    title = _own_title(line)
    if title is None and len(line) <= 40 and not _REPORT.search(line):
        for more in (1, 2):
            part = lines[number + 1 : number + 1 + more]
            if len(part) < more or any(len(p) > 40 or _own_title(p) for p in part):
                break
            title = _own_title(line + "".join(part))
            if title:
                return title
        return None
    if title is None or number == 0:
        return title
    above = lines[number - 1]
    if title.year is None and re.fullmatch(r"20\d\d年?度?", above):
        title = Title(above + title.text, int(above[:4]), title.publisher)
    if title.publisher is None and re.fullmatch(r"[\u3400-\u9fff()、·]{2,36}", above) and _BODY_NAME.search(above):
        title = Title(above + title.text, title.year, above)
    return title


_BODY_NAME = re.compile(
    r"(?:政府|办公[室厅]|办事处|委员会|管委会|[局厅委办院署镇乡]|[省市县区旗州盟]|街道|苏木|中心|联合会|大队|支队)$"
)


def _own_title(line: str) -> Title | None:
    """Read a line as a title: the report's name begins the line, it is not told in the middle of a sentence."""
    title = read_title(line)
    if title is None:
        return None
    place = _CITATION.sub("", line).find(title.text)
    before = line[:place] if place > 0 else ""
    return None if re.search(r"[,。;:]", before) and len(line) > 60 else title
