"""What a kind of defect works on and gives: drafts in, samples out, and the register of kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from typesetting.dice import Dice
from typesetting.forms import Layout, form_tables, load_form
from typesetting.html_page import Markup, body_html
from typesetting.report import SECTIONS_2014, Block, Paragraph
from typesetting.table import PrintedCell, PrintedTable

from tests.defects.figures import YEARS, Key, figures

MARKUPS = (Markup("plain"), Markup("word"), Markup("editor"), Markup("spans"))
_EMPTY = {"": "blank", "/": "slash", "-": "slash", "无": "none_word"}
Tables = dict[str, list[PrintedTable]]


@dataclass(frozen=True)
class Truth:
    """What is printed in one cell. ``lost``: no honest reader can tell its place; not placing it is right."""

    value: float | None
    status: str
    lost: bool = False


@dataclass(frozen=True)
class Sample:
    """One page or text, or the pages of a flip-book, with the truth of every cell and the texts to be left over."""

    kind: str
    seed: int
    form: str
    pages: tuple[bytes, ...]
    cells: dict[Key, Truth]
    rest: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind} {self.form} {self.seed}"


@dataclass
class Draft:
    """A report in the making; kinds change its figures, layout, tables or markup."""

    kind: str
    form: str
    seed: int
    dice: Dice
    printed: dict[Key, str]
    truth: dict[Key, Truth] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)
    markup: Markup = MARKUPS[0]
    year: int = 2019

    def say(self, key: Key, text: str, value: float | None = None, status: str | None = None) -> None:
        """Print a text in a cell; without ``value`` what it says is plain from the text."""
        self.printed[key] = text
        if value is not None or status is not None:
            self.truth[key] = Truth(value, status or "reported")

    def lose(self, keys: Iterable[Key]) -> None:
        """Say that nobody can tell where these cells stand."""
        for key in keys:
            true = self.true(key)
            self.truth[key] = Truth(true.value, true.status, lost=True)

    def true(self, key: Key) -> Truth:
        return self.truth.get(key) or _plain(self.printed[key])

    def keys(self, table: str) -> list[Key]:
        """Return the cells of Table 2, 3 or 4 (``t2``, ``t3``, ``t4``)."""
        return [k for k in self.printed if table == ("t3" if k[1] else "t2" if "." in k[0] else "t4")]

    def tables(self) -> Tables:
        return form_tables(self.form, self.printed, self.layout)

    def blocks(self, tables: Tables | None = None, prose: dict[int, tuple[str, ...]] | None = None) -> list[Block]:
        """Return title, headings, our sentences and the tables in the order of a report."""
        tables = self.tables() if tables is None else tables
        prose = prose or {}
        maker = "甲县人民政府"
        blocks: list[Block] = [
            Paragraph(f"{maker}{self.year}年政府信息公开工作年度报告", "title"),
            Paragraph(f"本报告由{maker}编制，统计期限为{self.year}年1月1日至{self.year}年12月31日。"),
        ]
        of_section = {1: "", 2: "t2", 3: "t3", 4: "t4"}
        modern = self.form in ("sc_2019", "sc_2021")
        for number, heading in enumerate(load_form(self.form)["sections_zh"] if modern else SECTIONS_2014, 1):
            blocks.append(Paragraph(heading, "heading"))
            blocks += map(Paragraph, prose.get(number, ("按要求推进，分工明确。",)))
            blocks += tables.get(of_section.get(number, ""), [])
        return [*blocks, *tables.get("t1", [])]

    def html(self, tables: Tables | None = None, **options) -> str:
        """Return the page's body; ``tables`` if they are not the form's own."""
        return body_html(self.blocks(tables, **options), self.markup)

    def page(self, body: str | None = None, tables: Tables | None = None) -> bytes:
        return page(self.html(tables) if body is None else body, self.year)

    def sample(self, pages: bytes | tuple[bytes, ...]) -> Sample:
        cells = {key: self.true(key) for key in self.printed}
        return Sample(
            self.kind, self.seed, self.form, pages if isinstance(pages, tuple) else (pages,), cells, tuple(self.rest)
        )


def page(body: str, year: int) -> bytes:
    title = f"甲县人民政府{year}年政府信息公开工作年度报告"
    head = f'<head><meta charset="utf-8"><title>{title}_甲县人民政府网</title><meta name="SiteName" content="甲县人民政府网"></head>'
    return f'<!DOCTYPE html><html>{head}<body><div class="main">{body}</div></body></html>'.encode()


@dataclass(frozen=True)
class Kind:
    """A kind of defect in one form: ``draw(seed)`` typesets one of its samples."""

    name: str
    form: str
    make: Callable[[Draft], bytes | tuple[bytes, ...] | None]
    sparse: bool | None = None

    def draw(self, seed: int) -> Sample:
        dice = Dice("defects", self.name, self.form, seed)
        sparse = bool(seed % 2) if self.sparse is None else self.sparse
        draft = Draft(self.name, self.form, seed, dice, figures(self.form, dice, sparse), year=YEARS[self.form])
        draft.layout = Layout(joined=seed % 2 == 0)
        draft.markup = MARKUPS[seed % len(MARKUPS)]
        made = self.make(draft)
        return draft.sample(draft.page() if made is None else made)


KINDS: list[Kind] = []
BOTH = ("sc_2019", "sc_2021")


def kind(name: str, *forms: str, sparse: bool | None = None):
    """Register a function that turns a Draft into the bytes of a page (or None: the draft as it then stands)."""

    def register(make: Callable[[Draft], bytes | tuple[bytes, ...] | None]):
        KINDS.extend(Kind(name, form, make, sparse) for form in forms or BOTH)
        return make

    return register


def _plain(text: str) -> Truth:
    if text.strip() in _EMPTY:
        return Truth(None, _EMPTY[text.strip()])
    assert re.fullmatch(r"-?\d+(\.\d+)?", text), text
    return Truth(float(text), "reported")


__all__ = ["BOTH", "KINDS", "Draft", "Kind", "Layout", "PrintedCell", "PrintedTable", "Sample", "Truth", "kind", "page"]
