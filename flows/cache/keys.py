"""The two keys under which what a document gave stays valid: of what read its bytes, and of what interpreted its Document.

The key of a reader is a sha256 over the folders of ``extract/documents`` that it is made of
(``extract/documents/formats.py``), the data files they read, the versions of their libraries and the programs they find
installed. The key of the interpretation is one for all: the interpreting folders of ``transform/``, the reference data and
their libraries.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from extract.documents.formats import BY_WORDS, READERS, all_that_reads
from extract.documents.shared.table_words import TABLE_WORDS_FILE
from flows.home.home import ROOT
from transform.places.jurisdictions import SYNTHETIC_FILE

_DOCUMENTS = ROOT / "extract" / "documents"
_REFERENCE = ROOT / "data" / "reference"
#: Part of every reader's key, beside its folders: what a Document is, how it is kept, how a reader is chosen.
_OF_EVERY_READER = (
    "extract/document.py",
    "extract/errors.py",
    "extract/documents/read_document.py",
    "flows/cache/document_json.py",
)
#: What makes ReportReadings of Documents: folders and files of the project, and libraries.
INTERPRETING = (
    "extract/document.py",
    "extract/data_file.py",
    "extract/errors.py",
    "extract/record.py",
    "flows/reading/read.py",
    "transform/observation.py",
    *(
        f"transform/{folder}"
        for folder in (
            "forms",
            "places",
            "attribution",
            "recognition",
            "flattened",
            "identity",
            "observations",
            "reports",
        )
    ),
)
INTERPRETING_LIBRARIES = ("msgspec", "opencc", "pyarrow", "rapidfuzz")
#: What makes a release of ReportReadings needs these beside them.
RELEASING_LIBRARIES = ("duckdb", "jinja2", "openpyxl", "pandas", "pandera", "pyarrow")
#: Reviewed by people, and says nothing of what stands in a report: where reports are looked for, which are said not to exist,
#: what holds a release back.
REGISTRIES = ("portals.csv", "statements.csv", "thresholds.json")
#: Reference data of readers, beside which the interpretation uses all there is.
_OF_READERS = (TABLE_WORDS_FILE.name, "digits.npz")


def programs() -> tuple[str, ...]:
    """Return the places of the project whose code can decide what any document gives."""
    files = (file for reader in READERS.values() for file in reader.files if not file.startswith("data/"))
    return (*_OF_EVERY_READER, *sorted({*files}), "extract/documents", *INTERPRETING)


def reader_key(readers: str) -> str:
    """Return the key of what read a document: names of ``READERS`` with a space between, ``by_words`` among them where words
    of the official tables were looked for (``Document.by_words``). A reader that is there no more has a key of its own."""
    return digest(_reader_lines(readers))


def interpretation_key() -> str:
    """Return the key of what makes ReportReadings of any Document."""
    return digest(_interpretation_lines())


def version_of(readers: str) -> str:
    """Return the key of all that made the ReportReadings of a document: what read it, and what interpreted that."""
    return digest(made_of(readers))


def made_of(readers: str) -> tuple[str, ...]:
    """Return a line for everything in ``version_of``: its name and its sha256 or version, a tab between."""
    return (*_reader_lines(readers), *_interpretation_lines())


def current_keys() -> dict[str, str]:
    """Return the key of every reader there is, with words and without, and its name."""
    names = [name for reader in READERS for name in (reader, f"{reader} {BY_WORDS}")]
    return {reader_key(name): name for name in names}


def all_keys() -> str:
    """Return the key of everything that can decide what any document gives."""
    return version_of(" ".join([*READERS, BY_WORDS]))


def libraries_of_readings() -> tuple[str, ...]:
    """Return a line with name and version for each library that can decide what any document gives."""
    return _library_lines(
        (*(name for reader in READERS.values() for name in reader.libraries), *INTERPRETING_LIBRARIES)
    )


def libraries_of_releases() -> tuple[str, ...]:
    """Return a line with name and version for each library that a release is made with, beside those of its readings."""
    return _library_lines(RELEASING_LIBRARIES)


def surroundings(readers: Iterable[str] = READERS) -> tuple[str, ...]:
    """Return what readers find installed beside Python's libraries: with and without it a document gives different things."""
    return tuple(f"{name} finds\t{probe()}" for name, probe in sorted(_PROBES.items()) if name in set(readers))


def digest(lines: Iterable[str]) -> str:
    """Return the sha256 over lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def files_under(place: str) -> list[Path]:
    """Return the files of a place of the project (a file, or a folder with all below it), sorted."""
    path = ROOT / place
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


@lru_cache(maxsize=256)
def fingerprint(*places: str) -> str:
    """Return the sha256 over names and bytes of the files of some places of the project, registries left out."""
    files = sorted({path for place in places for path in files_under(place) if path.name not in REGISTRIES})
    return digest(f"{path.relative_to(ROOT).as_posix()} {sha256(path)}" for path in files)


@lru_cache(maxsize=256)
def _reader_lines(readers: str) -> tuple[str, ...]:
    names = readers.split()
    known = {part for name in names if name in READERS for part in all_that_reads(name)}
    lines = [f"{name}\tis there no more" for name in names if name not in READERS and name != BY_WORDS]
    places = [f"extract/documents/{name}" for name in sorted(known) if (_DOCUMENTS / name).is_dir()]
    places += sorted({file for name in known for file in READERS[name].files})
    lines += [f"{place}\t{fingerprint(place)}" for place in (*_OF_EVERY_READER, *places)]
    lines += _library_lines(tuple(library for name in sorted(known) for library in READERS[name].libraries))
    lines += surroundings(known)
    if BY_WORDS in names:
        lines.append(f"words of the official tables\t{sha256(TABLE_WORDS_FILE)}")
    return tuple(lines)


@lru_cache(maxsize=1)
def _interpretation_lines() -> tuple[str, ...]:
    data = [path for path in files_under("data/reference") if _is_interpreted(path)]
    return (
        *(f"{place}\t{fingerprint(place)}" for place in INTERPRETING),
        *(f"{path.parent.name}/{path.name}\t{sha256(path)}" for path in (*data, SYNTHETIC_FILE) if path.is_file()),
        *_library_lines(INTERPRETING_LIBRARIES),
    )


def _is_interpreted(path: Path) -> bool:
    # Programs beside the data are run by a person; they make the data.
    return path.name not in (*REGISTRIES, *_OF_READERS) and path.suffix not in (".py", ".md")


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pictures() -> str:
    from extract.documents.ocr.models import missing

    return missing() or "pictures are read"


def _office() -> str:
    from extract.documents.office.read import find_libreoffice

    return "LibreOffice" if find_libreoffice() else "no LibreOffice"


def _unpacking() -> str:
    from extract.documents.containers.programs import installed

    return ", ".join(installed()) or "no program that unpacks RAR or 7z"


_PROBES: dict[str, Callable[[], str]] = {"ocr": _pictures, "office": _office, "containers": _unpacking}


@lru_cache(maxsize=64)
def _library_lines(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a line with name and version for each library, and for all that those require; one not installed has none."""
    found: dict[str, str] = {}
    waiting = [*names]
    while waiting:
        told = _installed(waiting.pop())
        if told is not None and told[0] not in found:
            found[told[0]] = told[1]
            waiting += told[2]
    return tuple(f"{name}\t{found[name]}" for name in sorted(found))


@cache
def _installed(name: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return an installed library's name, version and what it requires."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    # What is only wanted by an extra is not imported for its own sake.
    wanted = [line for line in found.requires or () if "extra ==" not in line]
    names = [match[0] for line in wanted if (match := re.match(r"[A-Za-z0-9._-]+", line))]
    return re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(), found.version, tuple(names)
