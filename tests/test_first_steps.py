"""The first scripts in R and Stata run where R is, and name only files, columns and values that a release has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pandas as pd

from publish.schema.schemas import READINGS, load_schemas
from tests.small_release import small_release

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
R, DO = NOTEBOOKS / "first_steps.R", NOTEBOOKS / "first_steps.do"
RSCRIPT = shutil.which("Rscript")
#: Words of Stata's language in the script, and names it makes itself. Whatever else stands in it must be a column.
STATA = {
    "all", "arithmetic", "by", "clear", "cmissing", "collapse", "connected", "count", "decode", "describe", "drop", "export",
    "generate", "graph", "if", "keep", "label", "list", "missing", "misstable", "more", "n", "noobs", "off", "preserve",
    "reading", "replace", "reports", "restore", "set", "share", "short", "sort", "strpos", "sum", "summarize", "tabulate",
    "title", "twoway", "use", "version",
}
#: Names that the R script makes itself, and words of R's language.
IN_R = {
    "FALSE", "NULL", "TRUE", "arguments", "both", "else", "for", "function", "if", "in", "kept", "observations", "one", "panel",
    "pooled", "real", "release", "series", "sum", "told", "with_arrow",
}


@cache
def columns() -> set[str]:
    return {c.name for schema in load_schemas().values() for c in schema.columns}


def code(script: Path, comment: str) -> tuple[str, list[str]]:
    """Return a script without comments and texts, and its texts."""
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith(comment)]
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', "\n".join(lines))
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', "\n".join(lines)), texts


def the_r_script_runs_and_draws_the_series(tmp_path):
    run = subprocess.run(
        [str(RSCRIPT), str(R), str(small_release())], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    )
    assert run.returncode == 0, run.stderr
    assert "1 of 2 rows dropped" in run.stderr and re.search(r"2019 +\d", run.stdout)
    picture = (tmp_path / "requests_received.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 2000


# A test that is skipped fails under CI: without R there is none.
if RSCRIPT:
    test_the_r_script_runs_and_draws_the_series = the_r_script_runs_and_draws_the_series


def test_the_stata_script_names_only_columns_labels_and_files_of_the_release():
    text, texts = code(DO, "*")
    names = set(re.findall(r"(?<![.\w])[a-z_][a-z_0-9]*", text))
    folder = small_release()
    with pd.io.stata.StataReader(folder / "exports" / "panel.dta") as reader:
        variables, labels = set(reader.variable_labels()), reader.value_labels()
        kinds = dict(zip(reader._varlist, reader._lbllist, strict=True))
    assert names - STATA <= variables, "neither a word of Stata nor a column of panel.dta"
    assert {"requests_decided_read", "requests_received", "refused_exempt_2019", "form", "synthetic"} <= names
    assert [f for f in texts if f.endswith(".dta") and not (folder / f).is_file()] == []
    told = dict(re.findall(r"decode (\w+), generate\((\w+)\)", text))
    whole = DO.read_text(encoding="utf-8")
    compared = re.findall(r'strpos\((\w+), "(\w+)"\)', whole)
    assert len(compared) == 2
    for name, word in compared:
        (column,) = (c for c, made in told.items() if made == name)
        assert word in {label.split(" ")[0] for label in labels[kinds[column]].values()}, (column, word)
    letters = set(re.findall(r"==? \.([a-z])\b", whole))
    assert letters <= {letter for letter in "abcde"} and letters
    assert set(re.findall(r"[ ,]\.([a-z]) (?:the|no|it)", whole.replace("\n* ", " "))) == set("abcde")
    assert [t for t in texts if t.startswith("CN-")] == ["CN-990102"]


def test_the_r_script_names_only_columns_values_and_files_of_the_release():
    text, texts = code(R, "#")
    called = set(re.findall(r"([\w.]+)\(", text)) | set(re.findall(r"(\w+)::", text))
    arguments = set(re.findall(r"([\w.]+)\s*=(?!=)", text))
    names = set(re.findall(r"(?<![\w.:])[A-Za-z_][\w.]*", text))
    assert names - called - arguments - IN_R <= columns(), "neither R, nor made by the script, nor a column"
    assert {"requests_decided_read", "requests_received_ok", "refused_exempt_2019", "synthetic"} <= names
    folder = small_release()
    files = [t for t in texts if re.search(r"\.(parquet|csv)$", t)]
    assert len(files) == 3 and [f for f in files if not (folder / f).is_file()] == []
    panel = {c.name: c for c in load_schemas()["panel"].columns} | {c.name: c for c in load_schemas()["observations"].columns}
    whole = R.read_text(encoding="utf-8")
    pairs = re.findall(r'(\w+) (?:==|!=|%in%) "([^"]+)"', whole)
    for name, value in pairs:
        allowed = panel[name].allowed
        assert allowed is None or value in allowed, (name, value)
    assert ("requests_decided_read", READINGS[0]) in pairs
    (listed,) = re.findall(r"told <- c\(([^)]*)\)", whole)
    assert set(re.findall(r'"(\w+)"', listed)) <= {c.name for c in load_schemas()["observations"].columns}
