"""Which code, data and libraries a document's reading came from: the key under which what it gave stays valid.

In: the modules that were imported while a document was read (flows/cache/uses.py). Out: a sha256 over the files of those
modules and of all they import at their head, over the data files they name, and over the versions of the libraries they
import. The one thing to know: nothing here is a list kept by hand. What the code imports is read from the code, so a
change to the OFD reader leaves every page of HTML as it is, and a library that no reader imports decides nothing.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from extract.errors import GongkaiError
from flows.cache.uses import ROOMS
from flows.home.home import ROOT
from publish.files.release_files import sha256
from transform.forms.form import FORM_IDS, FORMS_DIRECTORY
from transform.places.jurisdictions import SYNTHETIC_FILE
from transform.recognition.answers import labels, structure

#: Every reading begins in the first; the second writes down what it gave.
ROOTS = ("flows.reading.read", "transform.reports.parts")
#: What stands in ``uses`` where nobody knows what a reading used: its worker was stopped or died.
EVERYTHING = "everything"
_DATA = ROOT / "data" / "reference"
#: Where reports are looked for, which are said not to exist, and what holds a release back say nothing of what stands in them.
NOT_READ = ("portals.csv", "statements.csv", "thresholds.json")
_LABELS = "labels of the forms"


def reader_version() -> str:
    """Return the fingerprint of everything that can decide what any document gives."""
    return version_of(EVERYTHING)


@lru_cache(maxsize=4096)
def version_of(uses: str) -> str:
    """Return the fingerprint of what decides a reading that imported these modules (names, one space between).

    A module that is there no more gives a version of its own: whatever it made has to be read again.
    """
    return digest(made_of(uses))


@lru_cache(maxsize=4096)
def made_of(uses: str) -> tuple[str, ...]:
    """Return a line for everything that decides a reading which imported these modules: its name and its sha256 or version."""
    try:
        modules = modules_of(uses)
    except _NoModule as gone:
        return (f"{gone}\tis there no more",)
    return (*code_lines(modules), *_data_lines(modules), *library_lines(modules), *surroundings(modules))


def version_but_labels(uses: str) -> str:
    """Return the fingerprint of everything that decides such a reading but the labels of the forms (transform/recognition/asked.py)."""
    return digest(but_labels(made_of(uses)))


def but_labels(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if not line.startswith(f"{_LABELS}\t")]


def modules_of(uses: str) -> frozenset[str]:
    """Return every module of the project that takes part in a reading which imported ``uses``."""
    if uses == EVERYTHING:
        return closure(ROOTS, lazy=True)
    return closure((*ROOTS, *uses.split()))


def uses_of(imported: Iterable[str] | None) -> str:
    """Return imported names as ``uses``: modules alone, and of those only what the others do not import anyway."""
    return EVERYTHING if imported is None else _uses_of(frozenset(imported))


@lru_cache(maxsize=4096)
def _uses_of(imported: frozenset[str]) -> str:
    own = {name for name in imported if is_module(name)} - closure(ROOTS)
    return " ".join(sorted(one for one in own if not any(one != other and one in closure((other,)) for other in own)))


@lru_cache(maxsize=4096)
def closure(modules: tuple[str, ...], *, lazy: bool = False) -> frozenset[str]:
    """Return modules with all that they import at their head, and what that imports; ``lazy``: also inside functions."""
    found: set[str] = set()
    waiting = [package for module in modules for package in _with_packages(module)]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            source = _source(module)
            waiting += source.head | (source.inside if lazy else frozenset())
    return frozenset(found)


def code_lines(modules: Iterable[str]) -> list[str]:
    """Return a line with name and sha256 for each module."""
    return [f"{module}\t{_source(module).sha256}" for module in sorted(modules)]


def library_lines(modules: Iterable[str]) -> list[str]:
    """Return a line with name and version for each library that modules import, and for all that those require."""
    names = {name for module in modules for name in _source(module).libraries}
    found: dict[str, str] = {}
    waiting = [package for name in sorted(names) for package in _packages(name)]
    while waiting:
        package = waiting.pop()
        if package.name not in found:
            found[package.name] = package.version
            waiting += [one for name in package.requires if (one := _installed(name))]
    return [f"{name}\t{found[name]}" for name in sorted(found)]


def data_files(modules: Iterable[str]) -> list[Path]:
    """Return the files of reference data that modules name in their code (by name, or by name without ending)."""
    said = {text for module in modules for text in _source(module).texts}
    return [path for path in _all_data() if path.name in said or path.stem in said]


def is_module(name: str) -> bool:
    """Tell whether a dotted name is a module of the project."""
    return _file(name) is not None


def digest(lines: Iterable[str]) -> str:
    """Return the sha256 over lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class _NoModule(GongkaiError):
    pass


@dataclass(frozen=True)
class _Source:
    """What one file says: modules it imports at its head and inside functions, libraries it imports anywhere, its texts."""

    sha256: str
    head: frozenset[str]
    inside: frozenset[str]
    libraries: frozenset[str]
    texts: frozenset[str]


_IMPORTING = (ast.Import, ast.ImportFrom, ast.Call)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@cache
def _source(module: str) -> _Source:
    path = _file(module)
    if path is None:
        raise _NoModule(module)
    data = path.read_bytes()
    head: set[str] = set()
    whole: set[str] = set()
    texts: set[str] = set()
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(data), True)]
    while waiting:
        node, at_head = waiting.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                texts.add(node.value)
            continue
        if isinstance(node, _IMPORTING) and (names := _imported(node)):
            whole.update(names)
            head.update(names if at_head else ())
        # What runs when a module is imported: everything but the bodies of functions and what is there for types.
        within = at_head and not isinstance(node, _FUNCTIONS) and not _for_types(node)
        for name in node._fields:
            held = getattr(node, name, None)
            waiting += [
                (one, within) for one in (held if isinstance(held, list) else (held,)) if isinstance(one, ast.AST)
            ]
    outside = {name.partition(".")[0] for name in whole} - set(ROOMS) - sys.stdlib_module_names
    ours = {name for name in whole if is_module(name)}
    return _Source(
        hashlib.sha256(data).hexdigest(),
        frozenset(head & ours),
        frozenset(ours - head),
        frozenset(outside),
        frozenset(texts),
    )


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _imported(node: ast.Import | ast.ImportFrom | ast.Call) -> list[str]:
    """Return the dotted names that a statement imports, with the packages above them."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.module and not node.level, "the project imports by whole names"
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    elif _called(node) in ("find_spec", "import_module"):
        names = [one.value for one in node.args[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    else:
        names = []
    return [place for name in names for place in _with_packages(name)]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _with_packages(name: str) -> list[str]:
    places = name.split(".")
    return [".".join(places[:end]) for end in range(1, len(places) + 1)]


@cache
def _file(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    if module.partition(".")[0] not in ROOMS:
        return None
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


@lru_cache(maxsize=1)
def _all_data() -> tuple[Path, ...]:
    files = [
        path for path in _DATA.rglob("*") if path.is_file() and path.suffix != ".pyc" and path.name not in NOT_READ
    ]
    return (*sorted(files), SYNTHETIC_FILE)


def _data_lines(modules: Iterable[str]) -> list[str]:
    files = data_files(modules)
    lines = [f"{path.parent.name}/{path.name}\t{_sha256(path)}" for path in files if path not in _form_files()]
    return lines + (_form_lines() if any(path in _form_files() for path in files) else [])


@cache
def _form_files() -> frozenset[Path]:
    return frozenset(FORMS_DIRECTORY / f"{form}.json" for form in FORM_IDS)


@cache
def _form_lines() -> list[str]:
    """Return what a form is, and apart from it its labels; a form's file also holds notes that nothing reads."""
    return [f"forms\t{digest([structure()])}", f"{_LABELS}\t{digest([labels()])}"]


@cache
def _sha256(path: Path) -> str:
    return sha256(path)


def surroundings(modules: frozenset[str]) -> list[str]:
    """Return what readers find installed beside Python's libraries: with and without it a document gives different things."""
    return [f"{module} finds\t{probe()}" for module, probe in sorted(_PROBES.items()) if module in modules]


def _pictures() -> str:
    from extract.documents.ocr.models import missing

    return missing() or "pictures are read"


def _office() -> str:
    from extract.documents.office.read import find_libreoffice

    return "LibreOffice" if find_libreoffice() else "no LibreOffice"


_PROBES: dict[str, Callable[[], str]] = {
    "extract.documents.ocr.models": _pictures,
    "extract.documents.office.read": _office,
}


@dataclass(frozen=True)
class _Package:
    name: str
    version: str
    requires: tuple[str, ...]


def _packages(imported: str) -> list[_Package]:
    """Return what has to be installed for a library to be imported by a name; nothing where it is not installed."""
    if package := _installed(imported):
        return [package]
    # The name to import is not the name to install (cv2, PIL): what was installed says which files it brought.
    return [p for d in _others() if _brings(d, imported) and (p := _installed(d.metadata["Name"]))]


@cache
def _installed(name: str) -> _Package | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    # What is only wanted by an extra is not imported for its own sake.
    wanted = [line for line in found.requires or () if "extra ==" not in line]
    names = [match[0] for line in wanted if (match := re.match(r"[A-Za-z0-9._-]+", line))]
    return _Package(re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(), found.version, tuple(names))


@lru_cache(maxsize=1)
def _others() -> tuple[Distribution, ...]:
    return tuple(distributions())


def _brings(package: Distribution, imported: str) -> bool:
    told = package.read_text("top_level.txt")
    if told is not None:
        return imported in told.split()
    return (
        re.search(
            rf"^{re.escape(imported)}(/__init__)?\.(py|\w*so|pyd)|^{re.escape(imported)}/__init__\.py",
            package.read_text("RECORD") or "",
            re.M,
        )
        is not None
    )
