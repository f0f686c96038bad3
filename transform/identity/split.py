"""Documents that hold several reports, cut into one document a report.

A page of a county may print the reports of two bodies, or of two years, one below the other. The one thing to know:
each part keeps the whole document's offsets, so that every place (``ch 120-123``, ``t7 r3 c4``) still is a place in the
file as it was fetched.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from extract.document import Block, Document, Grid, Reading
from transform.identity.titles import Title, read_title, squeeze
from transform.recognition.label_index import match_label

#: A title that opens a report is short and no sentence.
LONGEST_TITLE = 60
_SENTENCE = re.compile(r"[。;；]|^(?:本|根据|按照|现将)|如下")
_FIRST_ROW = "本年新收政府信息公开申请数量"
_LIST_ROW = re.compile(r"^主动公开(?:政府)?信息(?:总)?数")


def split_reports(document: Document) -> list[Document]:
    """Return the document itself, or one document for each of the reports it holds.

    A new report begins where a title of an annual report stands after the tables of another and has tables of its own.
    """
    starts = _starts(document)
    if len(starts) < 2:
        return [document]
    edges = [0, *starts[1:], len(document.blocks)]
    return [_part(document, range(a, b), first=i == 0) for i, (a, b) in enumerate(pairwise(edges))]


def _starts(document: Document) -> list[int]:
    """Return the block numbers at which a report of its own begins."""
    grids = {g.number: g for g in document.readings[0].grids} if document.readings else {}
    starts: list[int] = []
    open_title: tuple[int, Title] | None = None
    titles: list[str] = []
    for number, block in enumerate(document.blocks):
        title = _title(block)
        if title is not None:
            open_title = open_title or (number, title)
            if not starts or _key(title) not in titles:
                open_title = number, title
        elif open_title is not None and _opens_tables(block, grids):
            if _key(open_title[1]) not in titles:
                starts.append(open_title[0])
                titles.append(_key(open_title[1]))
            open_title = None
    return starts


def _title(block: Block) -> Title | None:
    if block.grid is not None or not 6 <= len(block.text) <= LONGEST_TITLE * 2:
        return None
    line = squeeze(block.text)
    return None if len(line) > LONGEST_TITLE or _SENTENCE.search(line) else read_title(line)


def _key(title: Title) -> str:
    return f"{title.publisher}/{title.year}"


def _opens_tables(block: Block, grids: dict[int, Grid]) -> bool:
    """Return whether the first row of Table 3, or of a statistical list, stands in a block."""
    if block.grid is None:
        core = re.sub(r"\W", "", squeeze(block.text))
        return _FIRST_ROW in core or bool(_LIST_ROW.match(re.sub(r"^[一二三四五六七八九十\d]+", "", core)))
    grid = grids.get(block.grid)
    return grid is not None and any(
        e.id in ("req_new", "proactive_total", "e_proactive_total") for c in grid.cells for e in match_label(c.text)[1]
    )


def _part(document: Document, blocks: range, first: bool) -> Document:
    kept = tuple(
        block if i in blocks else replace(block, text=" " * len(block.text), grid=None)
        for i, block in enumerate(document.blocks)
    )
    numbers = {block.grid for block in kept if block.grid is not None}
    readings: list[Reading] = []
    for n, reading in enumerate(document.readings):
        # Only the first reading's grids stand among the blocks; another's are the same tables if they are as many.
        if n == 0 or len(reading.grids) == len(document.readings[0].grids):
            pairs = zip(document.readings[0].grids, reading.grids, strict=True)
            readings.append(replace(reading, grids=tuple(own for model, own in pairs if model.number in numbers)))
    # The page's own title names one of the reports at most.
    meta = document.meta if first else {k: v for k, v in document.meta.items() if k not in ("title", "ArticleTitle")}
    return replace(document, blocks=kept, readings=tuple(readings), meta=meta)
