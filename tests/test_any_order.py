"""No order of crawling or reading, and no size of batches, changes a released byte."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.checking.validate import canonical
from publish.files.release_files import write_tables
from publish.schema.schemas import load_schemas
from tests.report_factory import FIGURES, NOBODY, document_id, identity, reading, record
from tests.whole_line import assemble, write_part
from transform.panel.indicators import on_time_rows, ratios_of
from transform.reports.parts import load_parts
from transform.tables.coverage import coverage_rows
from transform.versions.hand_readings import HandReading, apply_readings

CHANGED = FIGURES | {"review_total": "8", "review_other": "3"}
COUNTY = identity(unit_id="CN-990104", jurisdiction_code="990104", publisher="示例市南例区人民政府")
READINGS = [
    *(reading(f"year {y}", who=identity(year=y)) for y in (2020, 2021, 2023, 2024)),
    reading("page"),
    reading("page later", CHANGED),
    reading("copy", who=identity(published_on="2023-04-01"), text=""),
    reading("file", who=identity(**NOBODY), media_type="application/pdf", quality="single", text=""),
    reading("file page", {}, who=replace(COUNTY, year=2023), text="详见附件"),
    reading("blank", FIGURES | {"res_unable_needs_creation[total]": ""}, who=replace(COUNTY, year=2022)),
    reading("doubt", CHANGED, who=replace(COUNTY, year=2024), quality="doubtful"),
    reading("office", who=identity(publisher="示例市乙区人民政府办公室", subject_kind="office", scope="own_organ")),
    reading("nobody", {"review_total": "3"}, who=identity(**NOBODY)),
]
URL = "https://b.example/"
RECORDS = [
    *(
        record(f"year {y}", f"{URL}{y}.html", f"2026-02-0{n}", link_year=y)
        for n, y in enumerate((2020, 2021, 2023, 2024), 1)
    ),
    record("page", f"{URL}p.html"),
    record("page later", f"{URL}p.html", "2026-05-01"),
    record("page", f"{URL}p.html", "2026-03-01"),
    record("copy", "https://city.example/x.html", "2026-03-02"),
    record("file page", f"{URL}f.html"),
    record("file", f"{URL}f.pdf", kind="attachment", parent_url=f"{URL}f.html"),
    record("blank", f"{URL}b.html", "2026-02-11"),
    record("doubt", f"{URL}d.html"),
    record("office", f"{URL}o.html"),
    record("nobody", f"{URL}n.html"),
    record("year 2021", f"{URL}list", "2026-06-01", kind="list", document_id=None),
    record("year 2021", f"{URL}gone", "2026-06-02", outcome="error", document_id=None, link_year=2019),
]
BY_HAND = [
    HandReading(
        document_id("doubt"),
        f"t1 r{list(FIGURES).index('review_total') + 1} c2",
        "review_total",
        None,
        "9",
        by,
        "2026-06-03",
        "8",
    )
    for by in ("li", "wang", "zhao")
]


def checksums(folder: Path, batches, records, by_hand) -> dict[str, str]:
    for n, batch in enumerate(batches):
        write_part(folder / "parts" / f"{n}.parquet", batch)
    parts, hand = apply_readings(load_parts((folder / "parts").glob("*.parquet")), by_hand)
    tables = assemble(parts, records)
    coverage = coverage_rows(records, tables["reports"].to_pylist())
    import pyarrow as pa

    rows = {
        "coverage": coverage,
        "hand_readings": hand,
        "indicators": ratios_of(tables["panel"]).to_pylist() + on_time_rows(coverage),
    }
    tables |= {name: pa.Table.from_pylist(found) for name, found in rows.items()} | {
        "indicators_2024": ratios_of(tables["panel_2024"])
    }
    # Everything else in a release is made from these files and the schemas.
    schemas = load_schemas()
    made = folder / "tables"
    write_tables(
        made, {name: canonical(table, schemas[name], "2026.6.0-sample") for name, table in tables.items()}, schemas
    )
    return {
        str(p.relative_to(made)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(made.rglob("*"))
        if p.is_file()
    }


FIRST: dict[str, str] = {}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(
    readings=st.permutations(READINGS),
    records=st.permutations(RECORDS),
    by_hand=st.permutations(BY_HAND),
    cuts=st.sets(st.integers(1, len(READINGS) - 1), max_size=5),
)
def test_no_order_changes_a_released_byte(readings, records, by_hand, cuts):
    with tempfile.TemporaryDirectory() as folder:
        if not FIRST:
            FIRST.update(checksums(Path(folder) / "first", [READINGS], RECORDS, BY_HAND))
            assert len(FIRST) > 15 and any("hand_readings" in name for name in FIRST)
        edges = [0, *sorted(cuts), len(readings)]
        batches = [readings[a:b] for a, b in pairwise(edges)]
        assert checksums(Path(folder), batches, records, by_hand) == FIRST
