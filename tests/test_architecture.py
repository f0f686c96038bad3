"""The house stays a straight line: rooms import backwards only, Prefect stays in flows/, starting stays fast."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flows.cli import parser

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("extract", "transform", "publish", "flows")
#: What lies in a folder, in the order of the line: each imports only from those before it.
ORDER = {
    "": ROOMS,
    "extract": (
        *("errors", "numbers", "data_file", "document", "portal", "record", "contained", "workers", "forked", "apart"),
        *("documents", "fetching", "portals", "archiving", "crawling"),
    ),
    "extract.documents": (
        *(
            "shared",
            "drawn",
            "shown",
            "ocr",
            "second_reading",
            "pdf",
            "ofd",
            "html",
            "docx",
            "sheets",
            "text",
            "office",
            "containers",
        ),
        *("formats", "read_document", "page_with_pictures", "picture"),
    ),
    "extract.portals": ("lists", "families", "find_reports", "registry"),
    "transform": (
        *(
            "observation",
            "forms",
            "places",
            "recognition",
            "flattened",
            "attribution",
            "identity",
            "observations",
            "reports",
        ),
        *("versions", "panel", "across_reports", "tables"),
    ),
    "publish": (
        *("schema", "files", "checking", "compare", "codebook", "exports", "describe", "site", "by_hand", "releasing"),
    ),
    "flows": (
        *(
            "terminal",
            "home",
            "cache",
            "reading",
            "todo",
            "releasing",
            "inspection",
            "orchestration",
            "commands",
            "cli",
        ),
    ),
}
#: Formats are read by modules of these names, each in the folder of its format.
OF_FORMATS = {"read", "page", "table"}
MOST_MODULES = 12
COMMANDS = ROOT / "flows" / "commands"
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
ORCHESTRATORS = {"prefect", "prefect_dask", "prefect_ray", "dask", "distributed", "ray"}
#: What reading a document of text must not load: each costs between 0.3 and 3 seconds.
HEAVY = {"camelot", "cv2", "numpy", "pandas", "pdfplumber", "prefect", "pyarrow", "pypdfium2"}

#: Licences by which a runtime dependency may be used without asking anything of gongkai's users.
PERMISSIVE = re.compile(
    r"\b(MIT(-0|-CMU)?|(new |modified |[23][- ]clause )?BSD|Apache|ISCL?|ISC License|PSF|Python Software Foundation|"
    r"Python-2\.0|zlib|HPND|Historical Permission|Unlicense|0BSD|CC0)\b",
    re.IGNORECASE,
)
RECIPROCAL = re.compile(r"\b(A|L)?GPL|General Public License|EUPL|SSPL|MPL|Mozilla Public|CDDL|EPL\b", re.IGNORECASE)
#: Not permissive by the words of their metadata, with the reason why each may be used all the same.
EXCEPTIONS = {
    "certifi": "MPL-2.0, which binds its own files only: the list of root certificates, unchanged",
    "orjson": "MPL-2.0 for some files, which are used unchanged; the rest Apache-2.0 or MIT",
    "pathspec": "MPL-2.0, which binds its own files only: unchanged, required by Prefect",
    "text-unidecode": "Artistic License or GPL, at the user's choice: used under the Artistic License",
    "tqdm": "MPL-2.0 for some files, which are used unchanged; the rest MIT",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_room_imports_only_from_rooms_before_it(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    later = set(ROOMS[ROOMS.index(room) + 1 :])
    assert imported(path) & later == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_flows_know_an_orchestrator(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] != "flows":
        assert imported(path) & ORCHESTRATORS == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_folder_imports_only_from_folders_before_it(path: Path) -> None:
    module = name_of(path).split(".")
    for other in imported_modules(path):
        level = next((n for n, (a, b) in enumerate(zip(module, other.split("."), strict=False)) if a != b), None)
        assert level is not None or len(module) == len(other.split(".")), f"{other} imports or is its own package"
        if level is not None and (order := ORDER.get(".".join(module[:level]))):
            assert order.index(other.split(".")[level]) < order.index(module[level]), other


def test_no_module_is_imported_in_a_circle() -> None:
    waiting = {name_of(path): imported_modules(path) - {name_of(path)} for path in MODULES}
    while free := {module for module, imports in waiting.items() if not imports & waiting.keys()}:
        waiting = {module: imports for module, imports in waiting.items() if module not in free}
    assert waiting == {}


def test_folders_are_small_and_their_names_say_what_they_are() -> None:
    for folder in {path.parent for path in MODULES}:
        modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        # A command is a file: this folder has as many as gongkai has commands.
        assert len(modules) <= MOST_MODULES or folder == COMMANDS, folder
        assert (folder / "__init__.py").exists(), f"{folder} is missing from an installed gongkai"
    for room in ROOMS:
        names = Counter(path.stem for path in MODULES if path.is_relative_to(ROOT / room) and path.stem != "__init__")
        assert [name for name, count in names.items() if count > 1 and name not in OF_FORMATS] == [], room


def test_one_command_is_one_file() -> None:
    (subcommands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    modules = {path.stem for path in COMMANDS.glob("*.py")} - {"__init__", "options"}
    assert {module.removesuffix("_") for module in modules} == subcommands.choices.keys()
    for name, command in subcommands.choices.items():
        assert command.get_default("run").__module__.removesuffix("_") == f"flows.commands.{name}"


def test_only_one_folder_knows_prefect() -> None:
    knowing = {path.parent for path in MODULES if "prefect" in imported(path)}
    assert knowing == {ROOT / "flows" / "orchestration"}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("import flows.cli\ntry:\n    flows.cli.main(['--help'])\nexcept SystemExit:\n    pass")
    assert loaded & (HEAVY | {"bs4", "lxml", "requests"}) == set()


def test_reading_html_loads_nothing_heavy(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>甲县2023年政府信息公开工作年度报告</p></body></html>", encoding="utf-8")
    loaded = loaded_by(
        f"import flows.cli\nflows.cli.main(['extract', {str(page)!r}, '-o', {str(tmp_path / 'o.json')!r}])"
    )
    assert (tmp_path / "o.json").exists()
    assert loaded & HEAVY == set()


def test_runtime_dependencies_are_permissive() -> None:
    refused = {}
    for package in runtime_dependencies():
        name, terms = package.metadata["Name"].lower(), licence_terms(package)
        if (not PERMISSIVE.search(terms) or RECIPROCAL.search(terms)) and name not in EXCEPTIONS:
            refused[name] = terms
    assert refused == {}


def imported(path: Path) -> set[str]:
    """Return the top-level names a module imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Call) and _called(node.func) in ("import_module", "__import__") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names.add(first.value)
    return {name.partition(".")[0] for name in names}


def name_of(path: Path) -> str:
    """Return a module's dotted name; a package is named by its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imported_modules(path: Path) -> frozenset[str]:
    """Return the dotted names of the project's modules that a module imports, wherever in it the import stands."""
    known = {name_of(other) for other in MODULES}
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (within & known) | (set() if within <= known else {node.module})
    return frozenset(found & known)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after running code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('loaded:', *sys.modules)"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return {name.partition(".")[0] for name in run.stdout.rpartition("loaded:")[2].split()}


def runtime_dependencies() -> list[Distribution]:
    """Return every distribution that ``pip install gongkai`` without extras brings along."""
    found: dict[str, Distribution] = {}
    waiting = [("gongkai", frozenset[str]())]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package
        for line in package.requires or ():
            requirement = Requirement(line)
            wanted = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if requirement.marker is None or any(requirement.marker.evaluate(extra) for extra in wanted):
                waiting.append((requirement.name.lower().replace("_", "-"), frozenset(requirement.extras)))
    found.pop("gongkai")
    assert len(found) > 50
    return [found[name] for name in sorted(found)]


def licence_terms(package: Distribution) -> str:
    """Return what a distribution's metadata says of its licence: the SPDX expression, else classifiers, else the text."""
    metadata = package.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classifiers = [c for c in metadata.get_all("Classifier") or () if c.startswith("License ::")]
    told = " ".join(c.rpartition("::")[2] for c in classifiers if c != "License :: OSI Approved")
    return told.strip() or str(metadata.get("License") or "")[:200]
