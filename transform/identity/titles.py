"""Titles: what a document, its page and the list page call the report, taken apart into year and publisher.

In: a line of text. Out: a Title, or None where the line doesn't name an annual report. The one thing to know: a line is
compared in NFKC without white space, and citations (《…条例》, 《…的通知》), which name reports too, are cut out first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from transform.identity.publishers import is_named

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
    r"^(?:标题|名称|信息名称|题目|现将|现公布|现公开|现发布|现予公布|公布|附件\d*|关于|公开|编制|发布|转发|印发|[年度的]|[()、·]|\d{1,4}|首页|当前位置)+"
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
        return Title(head + words, year, publisher if is_named(publisher) else None)
    return None


def _body(words: str) -> str:
    return _TAIL.sub("", _LEAD.sub("", words.rstrip("(〔、")))


def find_title(lines: list[str], expected_year: int | None = None) -> Title | None:
    """Return the title among the first lines of a document: the last one that stands before the report begins.

    Side bars list the reports of other years above the page's own title, so a title of the year that the list page
    told (``expected_year``) goes first. A title broken over up to three lines is put together. A sentence that names the
    report (现公布…) is no title.
    """
    found: list[Title] = []
    used = 0
    for number, line in enumerate(lines):
        if number >= used and (title := _own_title(line)):
            found.append(_with_lines_around(lines, number, title))
        elif number >= used and not _REPORT.search(line) and (broken := _broken_within(lines, number)):
            title, more = broken
            found.append(title)
            used = number + more + 1 if title.publisher else used
        if _INTRO.match(line) and (found or number > 40):
            break
    for title in reversed(found):
        if expected_year and title.year == expected_year:
            return title
    full = [title for title in found if title.year]
    ranked = full or found
    return ranked[-1] if ranked else None


def find_announced(lines: list[str]) -> Title | None:
    """Return what a sentence says of the report (现公布乙县2021年政府信息公开工作年度报告), None where none names body or year."""
    for line in lines:
        for found in _ANNOUNCED.finditer(_CITATION.sub("", line) if "公开" in line else ""):
            title = read_title(found[1])
            if title and (title.publisher or title.year):
                return title
    return None


def _with_lines_around(lines: list[str], number: int, title: Title) -> Title:
    """Return the title of a line with what the line after it and the lines above it add."""
    if title.year is None and number + 1 < len(lines) and (year := _YEAR_ALONE.fullmatch(lines[number + 1])):
        title = Title(title.text + lines[number + 1], int(year[1]), title.publisher)
    above = lines[max(0, number - 2) : number]
    wholes = (_with_lines_above(above[first:], title) for first in range(len(above)))
    return next((whole for whole in wholes if whole is not None), title)


def _broken_within(lines: list[str], number: int) -> tuple[Title, int] | None:
    """Return a title of which a line ends within the words of the report's name (乙县2020年政府信息 / 公开工作年度报告), and
    how many lines it goes on."""
    line = lines[number]
    if len(line) > _SHORT:
        return None
    for more in (1, 2):
        parts = lines[number + 1 : number + 1 + more]
        if len(parts) < more or any(len(part) > _SHORT or _own_title(part) for part in parts):
            return None
        if title := _own_title(line + "".join(parts)):
            return title, more
    return None


def _with_lines_above(above: list[str], title: Title) -> Title | None:
    """Return a title with the lines above that give what it lacks: its body, its body's place, its year."""
    if not above or not all(_is_part(line) for line in above):
        return None
    words = "".join(above)
    year = _YEAR_AT_END.search(words)
    name = _LEAD.sub("", words[: year.start()] if year else words)
    if year and title.year not in (None, int(year[1])):
        return None
    if name and not (_BODY_NAME.search(name) and is_named(name)):
        return None
    publisher = title.publisher
    if name and publisher is None:
        publisher = name
    elif name and publisher is not None:
        # 宿州市埇桥区 / 财政局2022年…: only a place may stand on the line above a body that names none.
        if year or not _PLACE_ALONE.fullmatch(name) or _PLACE_ALONE.match(publisher):
            return None
        publisher = name + publisher
    elif not year or title.year is not None:
        return None
    return Title(words + title.text, title.year or (int(year[1]) if year else None), publisher)


def _is_part(line: str) -> bool:
    """Tell whether a line can be the upper part of a title: a body, a place, a year, or a body and a year."""
    if not _PART.fullmatch(line) or _REPORT.search(line):
        return False
    name = _LEAD.sub("", _YEAR_AT_END.sub("", line))
    return not name or (is_named(name) and _BODY_NAME.search(name) is not None)


_SHORT = 40
_PART = re.compile(r"[\u3400-\u9fff()、·0-9]{2,40}")
_YEAR_AT_END = re.compile(r"(?<!\d)(20[0-3]\d)年?度?$")
_YEAR_ALONE = re.compile(r"[(〔]?(20[0-3]\d)年?度?[)〕]?")
_PLACE_ALONE = re.compile(r"[\u3400-\u9fff]{1,14}?[省市县区旗州盟]")
_BODY_NAME = re.compile(
    r"(?:政府|办公[室厅]|办事处|委员会|管委会|[局厅委办院署镇乡]|[省市县区旗州盟]|街道|苏木|中心|联合会|大队|支队)$"
)
#: What a sentence says before and after the name of the report it is about.
_TOLD_BEFORE = re.compile(
    r"[,。;!?]|(?:根据|按照|依据|依照|为(?:进一步|全面|做好|了|贯彻)|现(?:将|就|予以?)?(?:公布|公开|发布)?|制定|编制|形成|撰写|做好|对照|在)[《“\"]?$"
)
_TOLD_AT_START = re.compile(
    r"^(?:现将|现就|现予|现公|现发|根据|按照|依据|依照|为(?:进一步|全面|做好|了|贯彻)|本(?:年度?)?报告|我(?:局|市|县|区|镇|乡|委|办))"
)
_TOLD_AFTER = re.compile(
    r"^(?:[(][^()]{0,60}[)])?(?:[》”\"])?(?:,|(?:予以|公布|发布|公开|公示|报告|汇报|通报)*如下|予以|已经?|由|的(?!附件)|工作的|中|所列|所涉|等|要求|格式)"
)
_ANNOUNCED = re.compile(
    r"(?:现将|现就|现予以?(?:公布|公开|发布)|现?(?:公布|公开|发布|编制|形成)了?)的?[《“\"]*([\u3400-\u9fff0-9()·、]{0,40}?"
    + _REPORT.pattern
    + r"(?:[(〔\[]20[0-3]\d年?度?[)〕\]])?)"
)


def _own_title(line: str) -> Title | None:
    """Read a line as a title: the report's name begins it; a sentence that tells of the report is none."""
    title = read_title(line)
    if title is None:
        return None
    plain = _CITATION.sub("", line)
    place = plain.find(title.text)
    before, after = plain[:place], plain[place + len(title.text) :]
    if _TOLD_AT_START.match(title.text) or _TOLD_BEFORE.search(before[-24:]) or _TOLD_AFTER.match(after):
        return None
    return title
