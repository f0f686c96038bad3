"""What a reader makes of one file: text blocks in reading order and grids, each with its place.

The one thing to know: a Document holds what stands in the file and nothing about what it means. Labels, forms and
values are the business of ``transform/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed cell of a grid.

    ``row`` and ``col`` are 0-based and name the top left place it covers; ``text`` is as printed, its lines kept apart
    by ``\\n``, outer white space removed. ``locator`` is the place in the file as the contract writes it
    (``t2 r7 c4``, ``p3 x0,y0,x1,y1``, ``s1 C14``). ``doubt`` says why the text may not be what is printed, where the
    reader cannot vouch for it (letters over each other, text that cannot be seen). U+FFFC stands for something shown that is
    no text (a picture). ``mark`` is text raised above or lowered below the line (a note mark), ``struck`` text that is
    struck out (an older figure); neither is part of ``text``.
    ``shown`` is what the picture of the cell shows, read by the shape of its signs: empty where nothing is drawn, ``?`` for
    each sign that could not be read, None where nobody looked (labels, formats without pages).
    """

    row: int
    col: int
    text: str
    locator: str
    row_span: int = 1
    col_span: int = 1
    doubt: str | None = None
    mark: str | None = None
    struck: str | None = None
    shown: str | None = None

    @property
    def rows(self) -> range:
        return range(self.row, self.row + self.row_span)

    @property
    def cols(self) -> range:
        return range(self.col, self.col + self.col_span)


@dataclass(frozen=True)
class Grid:
    """One table as it stands: its cells by origin, in reading order, none twice.

    ``number`` counts the grids of the document from 1. ``page`` is 1-based where the format has pages. ``edges`` are
    the x positions of the column borders in points (n_cols + 1 of them) where the format has positions, so that a
    table can be followed over a page break.
    """

    number: int
    n_rows: int
    n_cols: int
    cells: tuple[Cell, ...]
    page: int | None = None
    edges: tuple[float, ...] | None = None

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], Cell]:
        return {(r, c): cell for cell in self.cells for r in cell.rows for c in cell.cols}

    def at(self, row: int, col: int) -> Cell | None:
        """Return the cell that covers a place, its origin there or not; None where nothing stands."""
        return self._by_place.get((row, col))

    @cached_property
    def _rows(self) -> list[list[Cell]]:
        places: list[list[tuple[int, Cell]]] = [[] for _ in range(self.n_rows)]
        for (row, col), cell in self._by_place.items():
            if row < self.n_rows:
                places[row].append((col, cell))
        rows = [[cell for _, cell in sorted(row, key=itemgetter(0))] for row in places]
        return [[cell for before, cell in zip((None, *row), row, strict=False) if cell is not before] for row in rows]

    def row(self, row: int) -> list[Cell]:
        """Return the distinct cells that cover a row, from left to right."""
        return self._rows[row] if 0 <= row < self.n_rows else []


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or grid in reading order.

    ``start`` is the offset of ``text`` in ``Document.text``, so that a place in the text is ``ch start-end``.
    A grid's block has ``grid`` set (the number of a grid of the first reading) and an empty text.
    """

    text: str
    start: int
    grid: int | None = None


@dataclass(frozen=True)
class Reading:
    """One way of reading the tables of a document. ``reader`` names the program, its way and version.

    ``structural`` is true where the format itself says which cell stands where (HTML, DOCX, sheets), false where lines
    and characters had to be put together (PDF, OFD, scans). Two readings may only confirm each other if they share
    neither parser nor locator.
    """

    reader: str
    structural: bool
    grids: tuple[Grid, ...]


@dataclass(frozen=True)
class Document:
    """One file, read.

    ``document_id`` is the sha256 of its bytes (hex). ``meta`` holds what the file says of itself under the names of the
    national page tags where it has them (ArticleTitle, PubDate, ContentSource, SiteName, SiteIDCode, ColumnType) and
    ``title`` (HTML <title>, DOCX or PDF core property). ``pictures`` counts images large enough to hold a table.
    ``notes`` say in words what was left unread and why. ``members`` are the documents of an archive that holds several;
    ``blocks`` and ``readings`` are then theirs, one after the other, with places that are the archive's. ``sheets`` are the
    pictures that a page was read together with. ``by_words``: words of the official tables were looked for in its text to
    tell what is worth reading (``extract/documents/shared/table_words.py``). ``unfinished`` says what was not read because
    the machine may have been too busy; such a Document is not kept, the file is read again in the next run.
    """

    document_id: str
    media_type: str
    size: int
    blocks: tuple[Block, ...]
    readings: tuple[Reading, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    pages: int | None = None
    pictures: int = 0
    notes: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    by_words: bool = False
    unfinished: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """All text outside the grids, blocks joined by newlines (``Block.start`` counts in it)."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True)
class Sheet:
    """A picture file that was read together with the page that shows it: the sha256 of its bytes, what it is, its bytes' number."""

    document_id: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Member:
    """One document of an archive of several; ``name`` is its path in it.

    Its places are the archive's: a block before its own holds white space for the text of those before it, and each cell's
    locator begins with its name (``附件/附表.docx t2 r7 c4``).
    """

    name: str
    document: Document
