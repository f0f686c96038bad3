"""The notebooks and first scripts run, and name only what a release has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.small_release import small_release

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def run(name: str, monkeypatch) -> dict[str, Any]:
    monkeypatch.setenv("GONGKAI_HOME", str(small_release().parent.parent))
    names: dict[str, Any] = {}
    for cell in json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    return names


def test_audit_leads_from_the_number_to_the_bytes(monkeypatch):
    names = run("audit_a_number.ipynb", monkeypatch)
    assert names["row"]["requests_decided_ok"] == "broken"
    assert (names["over"]["left"], names["over"]["right"], names["over"]["residual"]) == (124.0, 127.0, -3.0)
    assert sum(names["parts"][names["terms"][1:]]) == 127.0
    assert names["printed"] == ["124"]
    assert names["data"]


def test_study_pools_sums_and_shows_what_is_missing(monkeypatch):
    names = run("refusals.ipynb", monkeypatch)
    panel = [
        r for r in pq.read_table(small_release() / "panel.parquet").to_pylist() if r["synthetic"] and r["year"] == 2021
    ]
    decided, refused = (sum(r[c] for r in panel) for c in ("requests_decided", "refused_exempt_2019"))
    assert len(panel) == 1
    assert names["refused"].loc[("county", 2021), ("all", "share")] == refused / decided
    assert set(names["grounds"].index.get_level_values("year")) >= {2019, 2021, 2024}
    assert min(names["grounds"].index.get_level_values("year")) == 2019
    missing = names["missing"].loc["county"]
    assert missing["due"].sum() >= missing["found"].sum() >= missing["with decisions"].sum() > 0
    bounds = names["bounds"].dropna()
    assert ((bounds["lowest"] <= bounds["found"]) & (bounds["found"] <= bounds["highest"])).all()
