"""Documents in the cache come back as they were, whatever stands in them, and what is damaged counts as not there."""

from __future__ import annotations

import dataclasses
import json
import shutil
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.archiving.archive import Archive
from extract.document import Block, Cell, Document, Grid, Member, Reading, Sheet
from extract.errors import UnreadableDocument
from flows.cache.document_files import (
    CachedDocument,
    DocumentReader,
    DocumentWriter,
    cached_documents,
    document_writer,
    pack,
    unpack,
)
from flows.cache.document_json import from_json, to_json
from flows.cache.keys import reader_key
from flows.home.home import Home
from flows.reading import read_manifest
from flows.reading.read import reading_pool
from tests.national import write_archive
from tests.to_read import documents_to_read
from tests.whole_line import read_batch

TEXT = st.text(st.characters(), max_size=12)
NUMBER = st.integers(0, 2000)
PLACE = st.floats(allow_nan=False, allow_infinity=False)


def strategy(kind: type, depth: int = 2) -> st.SearchStrategy:
    """Return a strategy for a dataclass of plain values, every field of it, by its type."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: _of(hints[field.name], depth) for field in dataclasses.fields(kind)})


def _of(hint, depth):
    plain = {str: TEXT, int: NUMBER, float: PLACE, bool: st.booleans()}
    if hint in plain:
        return plain[hint]
    if dataclasses.is_dataclass(hint):
        return strategy(hint, depth - 1) if depth else st.nothing()
    if get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis:
        inner = get_args(hint)[0]
        empty = depth <= 0 and dataclasses.is_dataclass(inner)
        return st.just(()) if empty else st.lists(_of(inner, depth), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*(_of(inner, depth) for inner in get_args(hint)))
    if isinstance(get_origin(hint), type) and issubclass(get_origin(hint), Mapping):
        return st.dictionaries(TEXT, TEXT, max_size=2)
    (inner,) = (one for one in get_args(hint) if one is not type(None))
    return st.none() | _of(inner, depth)


@given(strategy(Document, 4))
def test_document_comes_back_as_it_was(document):
    again = from_json(Document, to_json(document))
    assert again == document
    assert repr(again) == repr(document)  # 1 is not 1.0, and 0 not False


def test_half_a_character_comes_back(tmp_path):
    document = Document("a", "text/html", 1, (Block("\ud800x", 0),), ())
    assert unpack(pack(CachedDocument("html", document, "\udfff"))).document == document


@pytest.mark.parametrize("value", [object(), MappingProxyType({})])
def test_value_that_json_does_not_know_is_refused(value):
    with pytest.raises(TypeError):
        to_json(Document("a", "text/html", 1, (Block(value, 0),), ()))  # type: ignore[arg-type]


def some_document(name: str) -> Document:
    grid = Grid(1, 1, 2, (Cell(0, 0, "规章", "t1 r1 c1"), Cell(0, 1, "3", "t1 r1 c2", doubt="letters over each other")))
    part = Document(
        name, "text/html", 2, (Block("甲县", 0), Block("", 3, 1)), (Reading("lxml", True, (grid,)),), {"title": "年报"}
    )
    return dataclasses.replace(part, members=(Member("a.html", part),), sheets=(Sheet("b" * 64, "image/png", 3),))


def test_entries_are_found_by_document_and_present_reader(tmp_path):
    with document_writer(tmp_path) as writer:
        for name in ("one", "two"):
            writer.add(name, "html", pack(CachedDocument("html", some_document(name))))
        writer.add("three", "pdf by_words", pack(CachedDocument("pdf by_words", None, "the PDF has no pages")))
        name = writer.close()
    # What another reader made, and a file that is none, are not there.
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        old.writestr(f"{'0' * 64}/one.json", b"{}")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    (tmp_path / ".aside").write_bytes(b"PK")
    found = cached_documents(tmp_path)
    assert found == {
        "one": f"{name} {reader_key('html')}",
        "two": f"{name} {reader_key('html')}",
        "three": f"{name} {reader_key('pdf by_words')}",
    }
    reader = DocumentReader(tmp_path)
    entry = reader.entry(found["one"], "one")
    assert entry is not None and unpack(entry).get() == some_document("one")
    with pytest.raises(UnreadableDocument, match="no pages"):
        unpack(reader.entry(found["three"], "three") or b"").get()
    assert reader.entry(found["one"], "four") is None
    assert reader.entry(f"gone.zip {reader_key('html')}", "one") is None


def test_damaged_entry_counts_as_not_there(tmp_path):
    with document_writer(tmp_path) as writer:
        writer.add("one", "html", pack(CachedDocument("html", some_document("one"))))
        name = writer.close()
    data = bytearray((tmp_path / str(name)).read_bytes())
    data[150] ^= 0xFF
    (tmp_path / str(name)).write_bytes(data)
    found = cached_documents(tmp_path)
    assert DocumentReader(tmp_path).entry(found["one"], "one") is None


def test_same_documents_give_the_same_file_and_a_stopped_writer_leaves_none(tmp_path):
    names = set()
    for folder in (tmp_path / "a", tmp_path / "b"):
        writer = DocumentWriter(folder)
        for name in ("one", "two", "one"):
            writer.add(name, "html", pack(CachedDocument("html", some_document(name))))
        made = folder / str(writer.close())
        names.add((made.name, made.read_bytes()))
    assert len(names) == 1
    with pytest.raises(KeyboardInterrupt), document_writer(tmp_path / "c") as writer:
        writer.add("one", "html", b"{}")
        raise KeyboardInterrupt
    assert list((tmp_path / "c").iterdir()) == []
    assert DocumentWriter(tmp_path / "d").close() is None and not (tmp_path / "d").exists()


def test_entry_is_json_that_a_person_can_read(tmp_path):
    told = json.loads(pack(CachedDocument("html", some_document("one"))))
    assert told["readers"] == "html" and told["document"][0] == "one"
    assert json.loads(pack(CachedDocument("ofd", None, "it is cut"))) == {
        "readers": "ofd",
        "reason": "it is cut",
        "document": None,
    }


def test_parts_made_of_cached_documents_are_those_made_of_the_archive(tmp_path, monkeypatch):
    """Pages, PDFs, Word files and what cannot be read: without their bytes the same parts, and so the same release."""
    home = Home(tmp_path)
    write_archive(tmp_path, 33, pdf=0.2, docx=0.2)
    with Archive(home.archive, write=True) as archive:
        archive.add_file(b"%PDF-1.7 cut", url="http://www.example.gov.cn/a.pdf", retrieved_at="2025-01-02T00:00:00Z")
    with reading_pool(1) as pool, Archive(home.archive) as archive:
        items = documents_to_read(home, archive)
        assert {item.is_cached for item in items} == {False}
        read_batch(home, items, pool)
        from_archive = {path.name: path.read_bytes() for path in home.parts.iterdir()}
        shutil.rmtree(home.parts)
        for path in home.folder.glob("ledger.sqlite*"):
            path.unlink()
        items = documents_to_read(home, archive)
        assert {item.is_cached for item in items} == {True}
        monkeypatch.setattr(read_manifest, "payload_at", lambda *_: pytest.fail("a document was opened"))
        read_batch(home, items, pool)
    assert {path.name: path.read_bytes() for path in home.parts.iterdir()} == from_archive
    assert len(list(home.documents.iterdir())) == 1
