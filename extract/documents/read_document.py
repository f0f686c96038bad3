"""Readers, one a file format: bytes to a Document. The reader is chosen by the bytes and imported only when needed."""

from __future__ import annotations

import hashlib

from extract.document import Document
from extract.documents.shared.bounds import within_limits
from extract.documents.shared.sniff import IMAGES, MEDIA_TYPES, sniff
from extract.errors import UnfinishedDocument, UnreadableDocument

_NOT_READ = {
    "empty": "the file is empty",
    "encrypted_office": "the office file is encrypted with a password",
    "ole": "an OLE file that is neither a document nor a sheet (a presentation?)",
    "pptx": "a presentation: reports are not published so, and it is not read",
    "unknown": "neither text nor a known file format",
}


def read_document(data: bytes, *, name: str | None = None) -> Document:
    """Read one file into text blocks and grids, whatever its name says.

    Args:
        data: the bytes of the file; its kind is told from them alone.
        name: a file name for messages; it decides nothing.

    Raises:
        UnreadableDocument: nothing can be read from the bytes; ``reason`` says why in plain words.
    """
    document_id = hashlib.sha256(data).hexdigest()
    kind = sniff(data)
    try:
        return within_limits(_read(kind, data, document_id))
    except UnreadableDocument:
        raise
    except MemoryError as error:
        raise UnfinishedDocument(f"the {kind} file{_named(name)} needs more memory than there was") from error
    except RecursionError as error:
        raise UnreadableDocument(f"the {kind} file{_named(name)} is too deep to read: {error}") from error
    except Exception as error:
        # Strangers' files break parsers in ways nobody has listed; one broken file is a reason, not a crash.
        raise UnreadableDocument(
            f"the {kind} file{_named(name)} is damaged: {type(error).__name__}: {error}"
        ) from error


def _read(kind: str, data: bytes, document_id: str) -> Document:
    if kind == "html":
        from extract.documents.html.read import read_html

        return read_html(data, document_id)
    if kind == "mhtml":
        from extract.documents.html.read import read_mhtml

        return read_mhtml(data, document_id)
    if kind == "text":
        from extract.documents.sheets.delimited import read_delimited
        from extract.documents.text.read import read_text

        return read_delimited(data, document_id) or read_text(data, document_id)
    if kind == "pdf":
        from extract.documents.pdf.read import read_pdf

        return read_pdf(data, document_id)
    if kind == "docx":
        from extract.documents.docx.read import read_docx

        return read_docx(data, document_id)
    if kind == "xlsx":
        from extract.documents.sheets.read import read_xlsx

        return read_xlsx(data, document_id)
    if kind == "xls":
        from extract.documents.sheets.read import read_xls

        return read_xls(data, document_id)
    if kind == "excel_xml":
        from extract.documents.sheets.read import read_excel_xml

        return read_excel_xml(data, document_id)
    if kind in ("doc", "word_xml", "rtf", "odf", "xlsb"):
        from extract.documents.office.read import read_office

        return read_office(kind, data, document_id)
    if kind == "ofd":
        from extract.documents.ofd.read import read_ofd

        return read_ofd(data, document_id)
    if kind in ("zip", "rar", "7z"):
        from extract.documents.containers.read import read_container

        return read_container(kind, data, document_id, lambda content, name: read_document(content, name=name))
    if kind in IMAGES:
        from extract.documents.ocr.recognise import read_picture

        return read_picture(data, document_id, MEDIA_TYPES[kind])
    raise UnreadableDocument(_NOT_READ[kind])


def _named(name: str | None) -> str:
    return f" {name}" if name else ""
