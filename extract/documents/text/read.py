"""Plain text to a Document: one block a line, no grids.

Lines are kept whole and none is dropped, so that ``ch`` places count in the text of the file itself.
"""

from __future__ import annotations

from extract.document import Block, Document
from extract.documents.shared.encoding import decode
from extract.errors import UnreadableDocument


def read_text(data: bytes, document_id: str) -> Document:
    """Return the lines of a text file. Raises UnreadableDocument where it holds nothing but white space."""
    text, _ = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x00", "")
    if not text.strip():
        raise UnreadableDocument("the text file holds nothing but white space")
    blocks = []
    start = 0
    for line in text.split("\n"):
        blocks.append(Block(line, start))
        start += len(line) + 1
    return Document(document_id, "text/plain", len(data), tuple(blocks), ())
