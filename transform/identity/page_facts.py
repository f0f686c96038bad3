"""Facts of a page: what a document says of itself, gathered from its tags, first lines and index table.

In: a Document and Hints. Out: PageFacts, every text in NFKC without white space. The one thing to know: this module only
collects, in the order in which the sources are believed; ``report_year`` and ``identify`` decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import islice

from extract.document import Document, Grid
from transform.identity.publishers import is_named
from transform.identity.titles import Title, find_announced, find_title, read_title, squeeze
from transform.observation import Hints

_TEXT_LIMIT = 12_000
_HEAD_LINES = 80
_INDEX_LABELS = {
    "发布机构": "publisher",
    "发文机关": "publisher",
    "发布单位": "publisher",
    "信息来源": "publisher",
    "公开单位": "publisher",
    "名称": "title",
    "信息名称": "title",
    "标题": "title",
    "发布日期": "date",
    "发文日期": "date",
    "公开日期": "date",
    "发布时间": "date",
    "生成日期": "date",
    "成文日期": "date",
}
_DATE_LABEL = re.compile(
    r"(?:发布|发文|公开|公布|生成|成文)(?:日期|时间)[:：]?\D{0,3}(20\d\d)[-年/.](\d{1,2})[-月/.](\d{1,2})|(?:^|\n)(?:日期|时间):(20\d\d)[-年/.](\d{1,2})[-月/.](\d{1,2})"
)
_DATE = re.compile(r"(20\d\d)\D{1,3}?(\d{1,2})\D{1,3}?(\d{1,2})(?!\d)")
_WRITTEN_BY = re.compile(
    r"(?:本(?:年度)?报告)?(?:由|系)(?P<by>[\u3400-\u9fff、]{3,30}?(?:办公[室厅]|公开办|[局委厅]|办事处|人民政府|委员会|管委会))(?:根据|按照|依据|编制|汇总|综合|负责|发布|,)"
    r"|请(?:与|向|联系|致电|直接与)(?P<contact>[\u3400-\u9fff、]{3,30}?)(?:联系|咨询|反映|反馈|\()"
)
_SITE_WORDS = re.compile(r"(?:政府信息公开|政务公开|信息公开|政府|人民政府)?(?:门户)?(?:网站|网|平台|专栏)$")


@dataclass(frozen=True)
class PageFacts:
    """``titles`` are (source, Title) in order of belief, ``title`` the first; ``publishers`` (source, name) likewise.

    ``text`` is the beginning of the text outside the tables with one line a paragraph; ``site_code`` the first six
    digits of the SiteIDCode; ``published_on`` ISO or None.
    """

    titles: tuple[tuple[str, Title], ...]
    publishers: tuple[tuple[str, str], ...]
    text: str
    published_on: str | None
    site_code: str | None

    @property
    def title(self) -> Title | None:
        return self.titles[0][1] if self.titles else None


def page_facts(document: Document, hints: Hints) -> PageFacts:
    """Gather what a document, its page and its link say of the report."""
    meta = {name.lower(): squeeze(value) for name, value in document.meta.items() if value}
    index = _index_table(document)
    lines = squeezed_lines(_beginning(document))
    text = "\n".join(lines)
    link = read_title(squeeze(hints.link_title)) if hints.link_title else None
    head = [line[:400] for line in lines[:_HEAD_LINES]]
    titles: list[tuple[str, Title]] = []

    def add(source: str, title: Title | None) -> None:
        if title:
            titles.append((source, title))

    tag = read_title(meta.get("articletitle", ""))
    expected = hints.year or (link.year if link else None) or (tag.year if tag else None)
    add("title", find_title(head, expected))
    add("ArticleTitle", tag)
    add("page title", read_title(re.split(r"[_|]|--", meta.get("title", ""))[0]))
    add("link title", link)
    add("index table", read_title(index.get("title", "")))
    if not titles:
        add("title", find_title(list(islice(_cell_lines(document), 40))))
    add("sentence", find_announced(text[:3000].split("\n")))
    publishers = [(source, title.publisher) for source, title in titles if title.publisher]
    publishers += [("发布机构", index["publisher"])] if "publisher" in index else []
    publishers += [("ContentSource", meta["contentsource"])] if meta.get("contentsource") else []
    for found in islice(_WRITTEN_BY.finditer(text[:3000]), 3):
        publishers.append(
            ("text", found["by"] or re.sub(r"(?:办公室|办公厅)?(?:政务公开|信息公开).{0,6}$", "", found["contact"]))
        )
    if meta.get("sitename"):
        publishers.append(("SiteName", _SITE_WORDS.sub("", meta["sitename"])))
    publishers = [(source, name) for source, name in publishers if is_named(name)]
    site = re.match(r"\d{6}", meta.get("siteidcode", ""))
    return PageFacts(
        tuple(titles),
        tuple(publishers),
        text,
        _published_on(_tag(document, "pubdate"), text, index.get("date"), hints.published_on),
        site[0] if site else None,
    )


def _beginning(document: Document) -> str:
    """Return the first text of a document, which may be a part that keeps the whole's offsets by white space."""
    found: list[str] = []
    length = 0
    for block in document.blocks:
        text = block.text if block.text.strip() else ""
        found.append(text)
        length += len(text) + 1
        if length > _TEXT_LIMIT:
            break
    return "\n".join(found)[:_TEXT_LIMIT]


def _tag(document: Document, name: str) -> str | None:
    """Return a page tag with its white space, which parts the day from the hour."""
    return next((value for tag, value in document.meta.items() if tag.lower() == name), None)


def squeezed_lines(text: str) -> list[str]:
    """Return the lines of a text that aren't empty, without white space."""
    return list(filter(None, map(squeeze, text.split("\n"))))


def _index_table(document: Document) -> dict[str, str]:
    """Return publisher, title and date of the index table (索引号, 发布机构, …) that stands before the body."""
    facts: dict[str, str] = {}
    for grid in _grids(document)[:3]:
        cells = [(squeeze(cell.text).strip(":：[]【】"), cell) for cell in grid.cells[:80]]
        for number, (label, _) in enumerate(cells[:-1]):
            kind = _INDEX_LABELS.get(label)
            value = cells[number + 1][0]
            if kind and value and value not in _INDEX_LABELS:
                facts.setdefault(kind, value)
            elif ":" in label and (kind := _INDEX_LABELS.get(label.partition(":")[0])):
                facts.setdefault(kind, label.partition(":")[2])
    return facts if len(facts) > 1 or "publisher" in facts else {}


def _cell_lines(document: Document):
    """Yield the first cells' text, for sheets and pages that set the title inside the table."""
    for grid in _grids(document)[:2]:
        for cell in grid.cells[:20]:
            yield from filter(None, (squeeze(line) for line in cell.text.split("\n")))


def _grids(document: Document) -> tuple[Grid, ...]:
    return document.readings[0].grids if document.readings else ()


def _published_on(tag: str | None, text: str, index: str | None, link: str | None) -> str | None:
    found = _DATE_LABEL.search(text)
    label = "-".join(filter(None, found.groups())) if found else None
    for value in (tag, label, index, link):
        parts = _DATE.search(value) if value else None
        if parts:
            try:
                return date(int(parts[1]), int(parts[2]), int(parts[3])).isoformat()
            except ValueError:
                continue
    return None
