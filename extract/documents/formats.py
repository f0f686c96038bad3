"""What each file format is read by: which folder, which other folders that uses, and which libraries.

A Document is kept as long as what read it is unchanged (``flows/cache/keys.py``), and this table says what that is.
``tests/test_formats.py`` compares it with what the folders really import.
"""

from __future__ import annotations

from dataclasses import dataclass

from extract.documents.shared.sniff import IMAGES

#: Read by no reader of a format: what sniffing says of the bytes is all there is to say.
NO_FORMAT = "shared"
#: A page read together with the pictures it shows (``extract/documents/page_with_pictures.py``).
PAGE_WITH_PICTURES = "page_with_pictures"
#: Marks, beside the reader, documents in whose text words of the official tables were looked for (``Document.by_words``).
BY_WORDS = "by_words"


@dataclass(frozen=True)
class Reader:
    """What one folder of ``extract/documents`` uses: other ``folders`` there, ``libraries`` by the names they are installed by,
    ``files`` and folders of the project outside it."""

    folders: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


#: Every folder, and every module beside the folders that reads something.
READERS = {
    "shared": Reader((), ("lxml", "olefile", "tinycss2"), ("extract/data_file.py",)),
    "drawn": Reader(("shared",)),
    "shown": Reader(("drawn",), ("numpy",), ("data/reference/ocr/digits.npz",)),
    "ocr": Reader(
        ("drawn", "shared", "shown"), ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "rapidocr")
    ),
    "second_reading": Reader(("drawn",), ("camelot-py", "pdfplumber", "playa-pdf", "pypdfium2")),
    "pdf": Reader(("drawn", "ocr", "second_reading", "shared", "shown"), ("pypdfium2",)),
    "ofd": Reader(("drawn", "shared", "shown"), ("lxml", "pillow", "pypdfium2")),
    "html": Reader(("ocr", "shared"), ("cssselect", "lxml", "tinycss2")),
    "docx": Reader(("html", "ocr", "shared"), ("lxml",), ("extract/numbers.py",)),
    "sheets": Reader(("shared",), ("lxml", "python-calamine"), ("extract/numbers.py",)),
    "text": Reader(("sheets", "shared")),
    "office": Reader(("docx", "sheets", "shared")),
    "containers": Reader(("docx", "html", "ocr", "ofd", "office", "pdf", "sheets", "shared", "text")),
    PAGE_WITH_PICTURES: Reader(
        ("html", "ocr"),
        ("lxml",),
        (
            "extract/documents/page_with_pictures.py",
            "extract/crawling/attachments.py",
            "extract/fetching/urls.py",
            "extract/numbers.py",
            "extract/portal.py",
            "extract/portals/lists",
        ),
    ),
}
_FOLDERS = {
    "mhtml": "html",
    "xlsx": "sheets",
    "xls": "sheets",
    "excel_xml": "sheets",
    **dict.fromkeys(("doc", "word_xml", "rtf", "odf", "xlsb"), "office"),
    **dict.fromkeys(("zip", "rar", "7z"), "containers"),
    **dict.fromkeys(IMAGES, "ocr"),
}


def reader_of(kind: str) -> str:
    """Return the name in ``READERS`` of what reads a kind of bytes (``sniff``)."""
    folder = _FOLDERS.get(kind, kind)
    return folder if folder in READERS else NO_FORMAT


def all_that_reads(reader: str) -> list[str]:
    """Return a reader with all it uses, and what those use, sorted."""
    found: set[str] = set()
    waiting = [reader]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += READERS[name].folders
    return sorted(found)
