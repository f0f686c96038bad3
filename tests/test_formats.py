"""The table of what each format is read by (extract/documents/formats.py) says what its folder really imports and names."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from extract.documents import read_document
from extract.documents.formats import NO_FORMAT, PAGE_WITH_PICTURES, READERS, all_that_reads, reader_of
from extract.documents.shared.sniff import MEDIA_TYPES
from flows.cache.keys import (
    INTERPRETING,
    INTERPRETING_LIBRARIES,
    files_under,
    libraries_of_readings,
    libraries_of_releases,
)

ADD_IT = (
    "extract/documents/formats.py says what each folder uses: put what is new there, take away what is no longer used"
)
ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "extract" / "documents"


@cache
def brought_by() -> dict[str, list[str]]:
    return {
        name: [re.sub(r"[-_.]+", "-", p).lower() for p in found] for name, found in packages_distributions().items()
    }


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def libraries(files: list[Path]) -> set[str]:
    """Return the names by which what files import is installed."""
    top = {name.partition(".")[0] for path in files for name in imports(path)}
    outside = top - set(sys.stdlib_module_names) - {"extract", "transform", "publish", "flows"}
    return {package for name in outside for package in brought_by().get(name, [name])}


@pytest.mark.parametrize("name", sorted(set(READERS) - {PAGE_WITH_PICTURES}))
def test_folder_uses_what_the_table_says(name):
    files = sorted((DOCUMENTS / name).glob("*.py"))
    used = {module for path in files for module in imports(path) if module.startswith("extract.documents.")}
    folders = {module.split(".")[2] for module in used} - {name}
    texts = {text for path in files for text in strings(path)}
    imported, told = libraries(files), set(READERS[name].libraries)
    # Of one that is looked for by its name only files are used (the models of rapidocr).
    assert imported <= told <= imported | texts, ADD_IT
    if name == "containers":
        # Its members are read by whoever reads such files.
        assert set(READERS[name].folders) == set(READERS) - {
            "drawn",
            "second_reading",
            "shown",
            name,
            PAGE_WITH_PICTURES,
        }
    else:
        # A text may be a sheet: extract/documents/read_document.py tries both.
        assert folders == set(READERS[name].folders) - ({"sheets"} if name == "text" else set()), ADD_IT
    # Files of the project outside the folders of readers, beside those that count in every key.
    ours = {module for path in files for module in imports(path) if module.startswith(("extract.", "transform."))}
    outside = {place for module in ours - used if (place := file_of(module))} - {
        "extract/document.py",
        "extract/errors.py",
    }
    data = {path.relative_to(ROOT).as_posix() for path in files_under("data/reference") if path.name in texts}
    assert outside | data - {"data/reference/table_words.json"} <= set(READERS[name].files) | files_of_used(name)


def files_of_used(name: str) -> set[str]:
    return {file for part in all_that_reads(name) for file in READERS[part].files}


def file_of(module: str) -> str:
    place = f"{module.replace('.', '/')}.py"
    return place if (ROOT / place).is_file() else ""


def strings(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_folder_and_every_kind_of_bytes_is_in_the_table():
    assert {path.name for path in DOCUMENTS.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(
        READERS
    ) - {PAGE_WITH_PICTURES}
    unread = {kind for kind in MEDIA_TYPES if reader_of(kind) == NO_FORMAT}
    assert unread == {*read_document._NOT_READ}


def test_page_with_pictures_names_every_file_that_puts_the_pictures_in_order():
    reached, waiting = set(), ["extract.crawling.attachments", "extract.documents.page_with_pictures"]
    while waiting:
        module = waiting.pop()
        if module not in reached and file_of(module):
            reached.add(module)
            waiting += imports(ROOT / file_of(module))
    places = {file_of(module) for module in reached} - {
        "extract/document.py",
        "extract/errors.py",
        "extract/data_file.py",
    }
    folders = tuple(f"extract/documents/{name}/" for name in all_that_reads(PAGE_WITH_PICTURES))
    files = READERS[PAGE_WITH_PICTURES].files
    assert {place for place in places if not place.startswith((*folders, *files))} == set(), ADD_IT


def test_interpretation_imports_nothing_outside_what_its_key_counts():
    files = [path for place in INTERPRETING for path in files_under(place) if path.suffix == ".py"]
    counted = {path.relative_to(ROOT).as_posix() for path in files}
    inside = [path for path in files if path.relative_to(ROOT).parts[0] == "transform"]
    used = {place for path in inside for module in imports(path) if (place := file_of(module))}
    assert used <= counted, "INTERPRETING in flows/cache/keys.py"
    assert libraries(inside) == set(INTERPRETING_LIBRARIES), "flows/cache/keys.py"


def test_interpretation_never_opens_the_file():
    """Everything it knows of a report is in the Document: nothing of extract/documents is imported by it."""
    for path in files_under("transform"):
        if path.suffix == ".py":
            assert not {module for module in imports(path) if module.startswith("extract.documents")}, path


def test_libraries_of_a_release_are_those_that_making_one_imports():
    files = [
        path
        for place in ("transform", "publish", "flows/releasing")
        for path in files_under(place)
        if path.suffix == ".py"
    ]
    known = {line.partition("\t")[0] for line in (*libraries_of_releases(), *libraries_of_readings())}
    assert libraries(files) <= known
