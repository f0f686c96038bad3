"""What is written as a part comes back equal, whatever the order it was read in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.errors import ReleaseError
from tests.report_factory import NOBODY, document_id, identity, observation, reading, record
from tests.whole_line import read_part, write_part
from transform.observation import Leftover, Section
from transform.reports.parts import from_table, load_parts, table_content, to_table, unreadable_reading


def test_what_is_written_comes_back_equal(tmp_path):
    first = reading("a", leftovers=(Leftover("t1 r9 c1", "注：另有两件", "a remark under the table"),))
    second = replace(reading("b", {}, who=identity(**NOBODY), text=""), pages=7)
    write_part(tmp_path / "p.parquet", [first, second])
    assert sorted(read_part(tmp_path / "p.parquet"), key=lambda r: r.pages or 0) == [first, second]


def test_the_order_of_reading_changes_no_byte(tmp_path):
    readings = [reading(name) for name in "abcde"]
    write_part(tmp_path / "1.parquet", readings)
    write_part(tmp_path / "2.parquet", reversed(readings))
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_two_reports_of_one_document_are_numbered_as_they_stand_in_it():
    above = replace(reading("joint", who=identity(publisher="示例市丙区人民政府")))
    moved = tuple(replace(o, locator=o.locator.replace("t1 ", "t12 ")) for o in above.observations)
    below = replace(above, identity=identity(publisher="示例市丙区管委会"), observations=moved)
    for order in ([above, below], [below, above]):
        table = to_table(order)
        assert table["ordinal"].to_pylist() == [1, 2]
        assert [r.identity.publisher for r in from_table(table)] == ["示例市丙区人民政府", "示例市丙区管委会"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=6), st.one_of(st.none(), st.floats(allow_nan=False))), max_size=4),
    st.one_of(st.none(), st.integers(2008, 2030)),
)
def test_any_text_and_number_survives(cells, year):
    seen = tuple(
        replace(observation("review_total", "1", n), value=value, value_text=text)
        for n, (text, value) in enumerate(cells)
    )
    given_reading = replace(
        reading("x", who=identity(year=year)), observations=seen, sections=(Section(0, "", "\n \n"),)
    )
    assert from_table(to_table([given_reading])) == [given_reading]


def test_a_document_read_twice_counts_once(tmp_path):
    write_part(tmp_path / "1.parquet", [reading("a"), reading("b")])
    write_part(tmp_path / "2.parquet", [reading("b"), reading("c")])
    ids = load_parts([tmp_path / "1.parquet", tmp_path / "2.parquet"])["document_id"].to_pylist()
    assert ids == sorted(document_id(name) for name in "abc")


def test_two_results_for_one_document_are_an_error_that_names_it(tmp_path):
    write_part(tmp_path / "1.parquet", [reading("a")])
    write_part(tmp_path / "2.parquet", [reading("a", {"review_total": "8"})])
    with pytest.raises(ReleaseError, match=document_id("a")):
        load_parts([tmp_path / "1.parquet", tmp_path / "2.parquet"])


def test_a_damaged_part_is_named(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(ReleaseError, match=r"broken\.parquet"):
        load_parts([tmp_path / "broken.parquet"])


def test_an_unreadable_document_keeps_a_row_with_its_reason(tmp_path):
    told = record(
        "x", "https://b.example/1.pdf", link_title="2021年年报", link_year=2021, link_published_on="2022-01-30"
    )
    write_part(tmp_path / "p.parquet", [unreadable_reading(told, "encrypted")])
    (row,) = read_part(tmp_path / "p.parquet")
    assert (row.status, row.reason, row.identity.year, row.identity.title) == (
        "unreadable",
        "encrypted",
        2021,
        "2021年年报",
    )
    assert row.observations == ()


def test_equal_figures_have_equal_content_wherever_they_stand():
    page = reading("a")
    other = replace(page, observations=tuple(replace(o, locator="p1 0,0,1,1", reader="pdf") for o in page.observations))
    assert table_content(page) == table_content(other)
    assert table_content(page)[1] == 19
    assert table_content(page) != table_content(reading("a", {"review_total": "8"}))
