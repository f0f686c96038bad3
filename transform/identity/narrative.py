"""Narrative: the prose of a report, split into the six sections of the national outline.

In: a Document. Out: Sections numbered 1 to 6 by what their heading says (not by the number it bears: sections are
renumbered, reworded and left out), and 0 for what stands between the title and the first of them. The one thing to know:
text of tables and of the page around the report (menus, counters, footers) is no narrative; it would make a new version
of a report each time the page is fetched.
Sources of the outline: 国办公开办函〔2019〕60号 and 〔2021〕30号; before 2019 Order 492, Art. 32, told under similar headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extract.document import Document
from transform.identity.contacts import redact
from transform.identity.titles import read_title, squeeze
from transform.observation import Section

__all__ = ["redact", "sections"]

# What a heading says, in the order in which the rules are tried; the first that fits decides.
_OUTLINE: tuple[tuple[int, str], ...] = (
    (4, r"(?:行政)?(?:复议|诉讼)|(?:提起|申请)行政"),
    (6, r"(?:其他|其它|需要).{0,8}(?:报告|说明)(?:的)?(?:事项|情况|内容)?|其他事项|其它事项"),
    (5, r"(?:存在|主要).{0,6}问题|改进(?:情况|措施|方向)|不足|整改措施|下一步|问题[及和与]"),
    (3, r"(?:收到|受理|处理|办理).{0,12}申请|依申请公开|申请.{0,8}(?:处理|办理|受理)?情况"),
    (2, r"主动公开.{0,12}(?:情况)?"),
    (
        1,
        r"总体情况|总体概况|基本情况|工作概述|工作情况|工作概况|概述|概况|(?:信息公开|政务公开)(?:工作)?(?:的)?(?:总体|基本)?(?:情况|概况)|总体工作|工作开展情况",
    ),
)
_RULES = tuple((number, re.compile(words)) for number, words in _OUTLINE)
_NUMBERED = re.compile(
    r"^(?:第?[一二三四五六七八九十]{1,2}(?:部分|章)?[、.,:，．：]|第[一二三四五六七八九十]部分|[1-9][、.．](?!\d))"
)
_TABLE_LABEL = re.compile(r"数量|办理结果|结转|本年新收|上年|继续办理|总计")
# A heading within running text, where line breaks were lost: it needs its number and the national words.
_INLINE = re.compile(
    r"[一二三四五六][、.．]\s*(?=总体情况|(?:行政机关)?主动公开政府信息|收到和处理政府信息公开申请|(?:因)?政府信息公开(?:工作)?(?:被申请|行政复议)"
    r"|(?:政府信息公开工作)?存在的?主要问题|其他需要报告)"
    r"(?P<title>总体情况|(?:行政机关)?主动公开政府信息(?:的)?情况|收到和处理政府信息公开申请(?:的)?情况"
    r"|(?:因)?政府信息公开(?:工作)?(?:被申请|行政复议)[^。；;]{0,20}?(?:诉讼(?:的)?情况)|(?:政府信息公开工作)?存在的?主要问题(?:及改进(?:情况|措施))?"
    r"|其他需要报告的?事项)"
)
_BARE_HEADING = re.compile(
    r"总体情况|(?:行政机关)?主动公开政府信息(?:的)?情况|收到和处理政府信息公开申请(?:的)?情况|(?:因)?政府信息公开(?:工作)?(?:被申请)?行政复议、?(?:提起)?行政诉讼情况"
    r"|(?:政府信息公开工作)?存在的?主要问题及改进(?:情况|措施)|其他需要报告的?事项"
)
_FURNITURE = re.compile(
    r"浏览(?:次数|量)|访问量|点击(?:数|量|次数)|阅读(?:次数|量)|^(?:发布|更新|发文|成文)(?:日期|时间)|^(?:信息)?来源:|字号|字体:|【?打印|分享到|^今天是|^当前位置|^首页$|扫一扫"
)
_FOOTER = re.compile(
    r"版权所有|网站地图|主办单位|承办单位|ICP备|公网安备|网站标识码|^上一[篇条]|^下一[篇条]|^相关(?:文章|链接|附件|阅读|信息)|关闭(?:窗口|本页)|^附件[:1一]?$|^友情链接|联系我们"
)
_PAGE_MARK = re.compile(r"^[-—–－]*\d{1,3}[-—–－]*$|^第?\d{1,3}页(?:共\d+页)?$")


def sections(document: Document) -> tuple[Section, ...]:
    """Return the sections that hold text or at least a heading, by number; several parts of one are joined in order.

    The text is as printed, table cells left out; contacts are still in it (see ``redact``). () where the document has no
    text outside its tables.
    """
    titles: dict[int, str] = {}
    texts: dict[int, list[str]] = {}
    number = 0
    for heading, text in _pieces(document):
        if heading is not None:
            number = heading[0]
            titles.setdefault(number, heading[1])
        if text:
            texts.setdefault(number, []).append(text)
    numbers = sorted(titles.keys() | texts.keys())
    return tuple(Section(n, titles.get(n, ""), "\n".join(texts.get(n, []))) for n in numbers)


def _pieces(document: Document) -> Iterator[tuple[tuple[int, str] | None, str]]:
    """Yield (heading or None, text): the paragraphs of the report, each heading with what stands behind it in its line."""
    lines = [
        (line, squeeze(line)) for block in document.blocks if block.grid is None for line in block.text.split("\n")
    ]
    started = False
    for line, short in lines[_first_line(lines) :]:
        if not short or _PAGE_MARK.match(short):
            continue
        heading = _heading(short)
        if heading:
            started = True
            yield heading, ""
            continue
        if started and len(short) < 60 and _FOOTER.search(short):
            return
        if len(short) < 60 and _FURNITURE.search(short):
            continue
        for piece in _inline(line):
            started = started or piece[0] is not None
            yield piece


def _first_line(lines: list[tuple[str, str]]) -> int:
    """Return where the narrative begins: behind the last line before the first heading that is only a title."""
    first = 0
    for number, (_, short) in enumerate(lines):
        if _heading(short) or len(short) > 400:
            break
        if len(short) <= 60 and read_title(short):
            first = number + 1
    return first


def _heading(short: str) -> tuple[int, str] | None:
    """Return (section, title) if a squeezed line is the heading of a section."""
    if not 3 < len(short) <= 45 or _TABLE_LABEL.search(short):
        return None
    numbering = _NUMBERED.match(short)
    title = short[numbering.end() :] if numbering else short
    title = title.rstrip("。:：；;,，.")
    if re.search(r"[。；;！]", title) or re.match(r"[(（]|是", title):
        return None
    if not numbering:
        return (_number(title), title) if _BARE_HEADING.fullmatch(title) and _number(title) else None
    found = _number(title)
    return (found, title) if found else None


def _number(title: str) -> int:
    if len(title) > 38:
        return 0
    return next((number for number, words in _RULES if words.search(title)), 0)


def _inline(line: str) -> Iterator[tuple[tuple[int, str] | None, str]]:
    """Split a line in which headings stand amid the text."""
    at, heading = 0, None
    for found in _INLINE.finditer(line):
        text = line[at : found.start()].strip()
        if heading or text.strip(" 。;；、，,"):
            yield heading, text
        title = squeeze(found["title"])
        heading, at = (_number(title), title), found.end()
    text = line[at:].strip()
    if heading or text:
        yield heading, text
