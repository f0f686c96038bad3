"""Pages of a PDF that are pictures: which they are, and what character recognition makes of them.

A page is a picture where it has one and no letter that can be seen (a layer of invisible letters over a scan is another
program's recognition, not what is printed), where its letters were made into drawings or have no Unicode values, or where
figures were typed over the scan of a form. Other pages are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from extract.documents.drawn.page import Page
from extract.documents.shared.table_words import words_of_each_table

if TYPE_CHECKING:
    from extract.documents.ocr.recognise import Recognised

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# A text of so many letters with a smaller share of Chinese ones is no text: its fonts lack Unicode values.
_ENOUGH = 100
_MIN_CHINESE = 0.1
# A page of so many shapes with curves and hardly a letter (the page's number) is made of drawn letters.
_MANY_CURVES, _HARDLY_ANY = 200, 30


def read_scanned(
    pdf: Any, texts: Sequence[str], pages: dict[int, Page], lying: Container[int] = ()
) -> tuple[Recognised | None, tuple[str, ...]]:
    """Return what is read of the pages that are pictures, None where there are none, and notes.

    Pages whose text is ``lying`` are read as pictures too. ``pages`` loses the letters and lines of the pages that are read as pictures.
    """
    numbers = [n for n in range(1, len(texts) + 1) if n in lying or is_picture(texts[n - 1], pages.get(n))]
    if not numbers:
        return None, ()
    digital = "".join("".join(texts[n - 1].split()) for n in range(1, len(texts) + 1) if n not in numbers)
    if all(word in digital for word in words_of_each_table()):
        return None, ()
    from extract.documents.ocr.models import missing

    lacking = missing()
    if lacking:
        return None, (f"{len(numbers)} page(s) are pictures and left unread: {lacking}",)
    from extract.documents.ocr.recognise import recognise_pages
    from extract.documents.ocr.sources import pages_of_pdf

    found = recognise_pages(pages_of_pdf(pdf, numbers))
    for number in numbers:
        if number in pages:
            pages[number] = replace(pages[number], chars=(), horizontal=(), vertical=())
    how = f"{len(numbers)} page(s) are pictures, read by character recognition"
    return found, (how, *found.notes)


def is_picture(text: str, page: Page | None) -> bool:
    """Tell whether a page with this text layer is read as a picture."""
    letters = "".join(text.split())
    if page is None:
        return not letters
    if not page.chars:
        return page.pictures > 0 or page.curved >= _MANY_CURVES
    if 2 * page.unmapped > len(page.chars):
        return True
    chinese = sum(1 for char in page.chars if _CHINESE.match(char.text))
    if page.pictured or (page.curved >= _MANY_CURVES and len(page.chars) < _HARDLY_ANY):
        return chinese < _MIN_CHINESE * len(page.chars)
    return (
        len(letters) >= _ENOUGH
        and len(_CHINESE.findall(letters)) < _MIN_CHINESE * len(letters)
        and not _is_latin(letters)
    )


def _is_latin(letters: str) -> bool:
    """Tell English, or a page of figures, from letters of a font without Unicode values."""
    return sum(char.isascii() and char.isalnum() for char in letters) > 0.8 * len(letters)
