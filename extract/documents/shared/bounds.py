"""What one document may hold: the limits of all formats in one table. A report needs a fraction of each; a bomb exceeds one.

| kind | limits |
|---|---|
| archives (ZIP, RAR, 7z) | ``MEMBERS`` files, each of ``PART_BYTES``, together of ``ARCHIVE_BYTES``; ``DIRECTORY`` entries |
| packages (DOCX, XLSX, OFD) | each part ``PART_BYTES``, together ``PACKAGE_BYTES`` unpacked; ``DIRECTORY`` entries |
| PDF, OFD | ``PAGES``; lines and shapes of a page ``PATHS`` |
| pictures | ``DECODED_PIXELS`` each, ``FRAMES`` in a file; pages drawn at ``PIXELS``, ``SCANNED_PAGES`` of them recognised |
| sheets | ``PLACES`` from the first cell to the last |
| every format | ``TABLE_PLACES`` in a table (a larger one stays text); ``CELLS`` and ``TEXT`` (characters) in all |
| what is said of it | ``NOTES`` notes of ``NOTE`` characters; a reason is bounded in extract/errors.py |

The largest real archive seen has 12 members of 9 MB, the largest sheet 60 by 16 places, the largest official table 30 by 10 cells.
Time and memory of a document are bounded beside these (flows/reading/read.py).
"""

from __future__ import annotations

from dataclasses import replace

from extract.document import Document
from extract.errors import UnreadableDocument

MEMBERS = 40
PART_BYTES = 64 << 20
ARCHIVE_BYTES = 200 << 20
PACKAGE_BYTES = 1 << 30
#: Entries in the directory of an archive or package, whether they are read or not.
DIRECTORY = 20_000
PAGES = 2000
#: A page of a chart or a map has tens of thousands of paths; a page of ruled tables a few hundred.
PATHS = 20_000
PIXELS = 30_000_000
#: A picture file of more pixels is not decoded: it would take three bytes for each.
DECODED_PIXELS = 200_000_000
FRAMES = 60
SCANNED_PAGES = 40
PLACES = 4_000_000
TABLE_PLACES = 100_000
CELLS = 500_000
TEXT = 2_000_000
NOTES = 100
NOTE = 500


def within_limits(document: Document) -> Document:
    """Return a document with its notes bounded.

    Raises:
        UnreadableDocument: it holds more text or cells than a report.
    """
    characters = sum(len(block.text) for block in document.blocks)
    if characters > TEXT:
        raise UnreadableDocument(f"the file holds {characters} characters of text; a report has at most {TEXT}")
    cells = max((sum(len(grid.cells) for grid in reading.grids) for reading in document.readings), default=0)
    if cells > CELLS:
        raise UnreadableDocument(f"the file holds {cells} cells; a report has at most {CELLS}")
    return replace(document, notes=bounded(document.notes))


def bounded(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return notes, each short and not too many of them; how many more there were is the last."""
    kept = [note if len(note) <= NOTE else f"{note[: NOTE - 1]}…" for note in notes[:NOTES]]
    if len(notes) > NOTES:
        kept.append(f"and {len(notes) - NOTES} more notes")
    return tuple(kept)


def has_too_many_entries(data: bytes) -> bool:
    """Tell whether a ZIP file's directory is too long to be looked through."""
    return data.count(b"PK\x01\x02") > DIRECTORY
