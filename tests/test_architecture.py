"""The house stays a straight line: rooms import backwards only, Prefect stays in flows/, starting stays fast."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("extract", "transform", "publish", "flows")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
ORCHESTRATORS = {"prefect", "prefect_dask", "prefect_ray", "dask", "distributed", "ray"}
#: What reading a document of text must not load: each costs between 0.3 and 3 seconds.
HEAVY = {"camelot", "cv2", "numpy", "pandas", "pandera", "pdfplumber", "prefect", "pyarrow", "pypdfium2"}

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


def test_every_package_is_installed() -> None:
    """A package that pyproject.toml does not list is missing from an installed gongkai."""
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in MODULES}
    assert packages == set(settings["tool"]["setuptools"]["packages"])


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
