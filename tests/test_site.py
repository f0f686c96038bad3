"""Pages say what the release says, run nothing a report says, and come out the same again."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from publish.checking.validate import canonical
from publish.files.made_from import write_made_from
from publish.files.release_files import release_files
from publish.schema.schemas import arrow_schema, load_schemas
from publish.site.broken import explain
from publish.site.build_site import build_site
from publish.site.chart import Point, line_chart, tile_grid
from publish.site.form_view import redrawn
from publish.site.pages import Pages, report_page
from publish.site.places import Wanted, source_of
from publish.site.rows import RowsInMemory
from tests.report_factory import FIGURES, identity, reading, record
from tests.sample_home import sample
from tests.whole_line import assemble
from transform.forms.form import load_forms
from transform.reports.parts import to_table

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>"


VERSION = "2026.11.0-sample"


def tables():
    hostile = reading("a", FIGURES | {"res_total[total]": "99"}, who=identity(title=ATTACK))
    spoken = [replace(o, value_text=ATTACK) if o.indicator == "req_new" else o for o in hostile.observations]
    records = [record("a", f"javascript:{ATTACK}", "2026-02-01")]
    assembled = assemble(to_table([replace(hostile, observations=tuple(spoken))]), records)
    return {name: canonical(table, load_schemas()[name], VERSION) for name, table in assembled.items()}


def site(folder, payload=None):
    folder.mkdir()
    build_site(folder, VERSION, tables(), payload)
    return {name: (folder / name).read_bytes() for name in release_files(folder)}


def test_same_release_gives_the_same_bytes(tmp_path):
    assert site(tmp_path / "one") == site(tmp_path / "two")


@pytest.mark.slow
def test_site_of_the_sample_is_soon_made(tmp_path):
    held = sample()
    (tmp_path / "release").mkdir()
    with Archive(held.home.archive) as archive:
        start = time.monotonic()
        build_site(tmp_path / "release", VERSION, held.tables, archive.payload)
        assert time.monotonic() - start < 60
    assert (
        len(list((tmp_path / "release" / "site" / "reports").glob("*.html")))
        == len(held.tables["reports"]["report_id"].unique())
        > 100
    )


def test_text_of_a_report_runs_nothing(tmp_path):
    pages = {name: content.decode() for name, content in site(tmp_path / "one").items() if name.endswith(".html")}
    assert len(pages) >= 5
    report = next(text for name, text in pages.items() if "reports/" in name)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report
    for name, text in pages.items():
        assert re.findall(r"<script(?! src=\"(?:\.\./)?site\.js\">)", text) == [], name
        assert re.findall(r"<[^>]*\s(?:on\w+|style)\s*=", text) == [], name
        assert "javascript:" not in re.findall(r'href="([^"]*)"', text), name
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert policy and "unsafe" not in policy[1] and policy[1].startswith("default-src 'none'"), name


def test_pages_ask_nothing_of_other_hosts(tmp_path):
    for name, content in site(tmp_path / "one").items():
        if name.endswith((".html", ".css", ".js")):
            loaded = re.findall(
                rb'(?:src|<image href|<link[^>]*href)="([^"]*)"|url\(([^)]*)\)|@import|fetch\(|new Worker', content
            )
            assert [a or b for a, b in loaded if (a or b).startswith((b"http", b"//"))] == [], name


@pytest.mark.parametrize("form_id", ["sc_2014", "sc_2019", "sc_2021", "pre2014_local"])
def test_form_redrawn_has_every_cell_once_and_is_rectangular(form_id):
    keys = [spot.key for grid in redrawn(form_id) for row in grid.rows for spot in row if spot.key]
    assert len(keys) == len(set(keys))
    wanted = set()
    for table in load_forms()[form_id].tables:
        for block in table.blocks:
            wanted |= {(f"{row.id}.{column.id}", None) for row in block.rows for column in block.columns}
        if table.kind == "matrix":
            rows = {row.id for row in table.rows} - {row.parent for row in table.rows}
            wanted |= {(row, column.id) for row in rows for column in table.columns}
        if table.kind == "single_row":
            wanted |= {(column.id, None) for column in table.columns}
        if table.kind == "list":
            wanted |= {(row.id, None) for row in table.rows if not row.heading}
    assert set(keys) == wanted
    for table, grid in zip(load_forms()[form_id].tables, redrawn(form_id), strict=True):
        if table.kind in ("matrix", "single_row"):
            widths = [0] * len(grid.rows)
            for n, row in enumerate(grid.rows):
                for spot in row:
                    for below in range(n, n + spot.rows):
                        widths[below] += spot.columns
            assert len(set(widths)) == 1, widths


def test_broken_sum_is_told_with_what_is_printed_and_what_the_parts_make():
    check = {
        "identity": "t4_review_2019",
        "severity": "exact",
        "operator": "==",
        "left": 5.0,
        "right": 7.0,
        "residual": -2.0,
        "indicators": ["review_total", "review_upheld", "review_corrected", "review_other", "review_pending"],
        "report_ids": ["r"],
    }
    values = {
        "review_total": 5.0,
        "review_upheld": 4.0,
        "review_corrected": 3.0,
        "review_other": 0.0,
        "review_pending": 0.0,
    }
    told = explain(check, values.get, lambda term: (term, term))
    assert (
        told.en
        == "review_total is printed as 5; it must equal the sum of its 4 parts, which is 7. The difference is −2."
    )
    assert told.zh == "review_total印为 5，应等于其 4 项之和 7，差额 −2。"
    assert told.right == (("review_upheld", "review_upheld", "4"), ("review_corrected", "review_corrected", "3"))


def test_changes_are_counted_by_reason_and_by_place(tmp_path):
    build_site(folder := made_folder(tmp_path / "first"), VERSION, tables())
    assert "No earlier release to compare with" in (folder / "site" / "changes.html").read_text(encoding="utf-8")
    folder = made_folder(tmp_path / "second")
    write_made_from(folder, VERSION, "2026.10.0-sample", {})
    rows = [
        {
            "table": "observations",
            "row_key": f"{n}",
            "change": "added",
            "column": None,
            "why": "new_source",
            "unit_id": "CN-990102",
            "year": 2022,
        }
        for n in range(7)
    ]
    rows.append(
        {
            "table": "panel",
            "row_key": "x",
            "change": "changed",
            "column": "review_total",
            "old": "7",
            "new": "8",
            "why": "revision",
            "unit_id": "CN-990102",
            "year": 2022,
        }
    )
    schema = arrow_schema(load_schemas()["changes"])
    told = [dict.fromkeys(schema.names) | {"previous": "2026.10.0-sample"} | row for row in rows]
    pq.write_table(pa.Table.from_pylist(told, schema=schema), folder / "changes.parquet")
    build_site(folder, VERSION, tables())
    page = (folder / "site" / "changes.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]*>|\s+", " ", page)
    assert re.search(r"observations +new_source: .* +7 +0 +0", text) and re.search(
        r"panel +revision: .* +0 +0 +1 ", text
    )
    assert "2026.10.0-sample" in text and 'href="../changes.parquet"' in page
    assert 'href="changes.html"' in (folder / "site" / "index.html").read_text(encoding="utf-8")


def made_folder(folder):
    folder.mkdir()
    return folder


def test_cells_that_do_not_add_up_are_marked_for_eye_and_ear():
    pages = Pages(VERSION, RowsInMemory(tables()), [])
    text = pages.report(pages.report_ids()[0], {})
    cell = re.search(r'<td class="r-\w+ c-broken">(?:(?!</td>).)*>?99(?:(?!</td>).)*</td>', text)
    assert cell is not None
    assert "does not add up" in cell[0]
    assert "勾稽不符" in cell[0]


def test_chart_line_crosses_neither_gap_nor_change_of_form():
    points = [
        Point(2017, 1.0, "sc_2014", "holds"),
        Point(2018, 2.0, "sc_2014", "holds"),
        Point(2019, 3.0, "sc_2019", "holds"),
        Point(2020, None, "sc_2019", None),
        Point(2021, 4.0, "sc_2021", "broken"),
    ]
    chart = str(line_chart(points, "x"))
    assert chart.count('class="series"') == 1
    assert chart.count('class="break"') == 2
    assert chart.count("<circle") == 3
    assert chart.count('<rect class="point broken"') == 1


def test_tile_without_a_report_due_is_not_zero():
    grid = str(tile_grid({"34": (0, 3), "32": (3, 3)}, {"34": "安徽省", "32": "江苏省", "11": "北京市"}, "2019"))
    assert 'class="tile t0"><title>安徽省: 0 / 3' in grid
    assert 'class="tile t4"><title>江苏省: 3 / 3' in grid
    assert 'class="tile tnone"><title>北京市: 0 / 0' in grid


def test_rebuilt_table_holds_text_only_and_no_contacts():
    page = f"<table><tr><td>一</td><td>12{ATTACK}</td></tr><tr><td>联系电话：0551-64490000</td><td>3</td></tr></table>"
    source = source_of(Wanted("x", page.encode(), frozenset({"t1 r1 c2"})))
    cells = {cell.locator: cell.text for table in source.tables for row in table for cell in row}
    assert cells["t1 r1 c2"].startswith("12")
    assert "<script" not in cells["t1 r1 c2"]
    assert "64490000" not in " ".join(cells.values())


def test_page_names_are_plain_whatever_the_report_is_called():
    name = report_page({"report_id": "../../etc/甲/2020", "unit_id": "../x", "year": None})
    assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
