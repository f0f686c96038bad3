"""What people read: two who agree replace a doubtful cell and no more, and nothing they read is applied to another file."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from flows import cli
from flows.home.home import Home
from flows.inspection.open_cells import open_cells
from flows.releasing.release_archive import SAMPLE_PORTALS, inputs_of, release_archive
from publish.checking.check import check_release
from publish.releasing.release import make_release
from tests.release_factory import whole
from tests.report_factory import FIGURES, document_id, identity, reading, record
from tests.sample_home import sample
from tests.whole_line import assemble
from transform.observation import Evidence
from transform.observations.checks import evaluate, with_consistency
from transform.reports.parts import to_table
from transform.versions.decisions import decisions_of
from transform.versions.hand_readings import HandReading, apply_readings, load_readings, save_readings, verdicts

URL = "https://b.example/2022.pdf"
#: The machine read 7 as 1 in the total of reviews, and knows that it may be wrong.
MISREAD = FIGURES | {"review_total": "1"}


def doubtful(name="a", figures=MISREAD, **who):
    whole = reading(name, figures, who=identity(**who), media_type="application/pdf")
    seen = [replace(o, reading="doubtful") if o.indicator == "review_total" else o for o in whole.observations]
    checks = evaluate(seen)
    return replace(whole, observations=tuple(with_consistency(seen, checks)), checks=tuple(checks))


def place(name="a", figures=MISREAD):
    number = list(figures).index("review_total") + 1
    return document_id(name), f"t1 r{number} c2", "review_total", None


def said(text, by, on="2026-03-01", machine="1", where=None):
    return HandReading(*(where or place()), value_text=text, by=by, on=on, machine_text=machine)


def applied(*readings, parts=None):
    return apply_readings(parts if parts is not None else to_table([doubtful()]), readings)


def total(parts):
    tables = whole(assemble(parts, [record("a", URL)]))
    return next(o for o in tables["observations"].to_pylist() if o["indicator"] == "review_total"), tables


def test_two_who_agree_are_replayed_and_the_machine_is_kept():
    parts, rows = applied(said("7", "li"), said(" 7 ", "wang"))
    cell, tables = total(parts)
    assert (cell["value"], cell["value_text"], cell["reader"], cell["reading"]) == (7, "7", "human", "confirmed")
    assert (cell["value_std"], cell["unit_std"], cell["consistency"]) == (7, "件", "holds")
    (row,) = rows
    assert (row["status"], row["value"], row["machine_text"], row["machine_value"], row["machine_reading"]) == (
        "agreed",
        7,
        "1",
        1,
        "doubtful",
    )
    assert (row["read_by"], row["read_on"]) == (["li", "wang"], "2026-03-01")
    assert tables["panel"].to_pylist()[0]["review_total"] == 7
    check = next(c for c in tables["checks"].to_pylist() if c["identity"] == "t4_review_2021")
    assert (check["status"], check["left"]) == ("holds", 7)


@pytest.mark.parametrize(
    ("readings", "status"),
    [
        ([("7", "li")], "one"),
        ([("7", "li"), ("1", "li")], "one"),
        ([("7", "li"), ("1", "wang")], "differ"),
        ([("7", "li"), ("1", "wang"), ("7", "zhao")], "agreed"),
        ([("7", "li"), ("1", "wang"), ("7", "zhao"), ("1", "sun")], "differ"),
        ([("", "li"), ("/", "wang")], "differ"),
        ([("", "li"), ("", "wang")], "agreed"),
    ],
)
def test_nobody_alone_and_no_quarrel_changes_a_cell(readings, status):
    parts, (row,) = applied(*(said(text, by, f"2026-03-{n:02}") for n, (text, by) in enumerate(readings, 1)))
    assert row["status"] == status
    cell, _ = total(parts)
    assert (cell["reader"] == "human") == (status == "agreed")


def test_a_blank_that_two_saw_is_no_zero():
    cell, _ = total(applied(said("", "li"), said("", "wang"))[0])
    assert (cell["value"], cell["status"], cell["reader"]) == (None, "blank", "human")


def test_a_unit_people_read_counts_and_one_only_the_machine_read_does_not():
    figures = {"admin_fees.amount": "12万元"}
    parts = to_table([reading("a", figures)])
    where = (document_id("a"), "t1 r1 c2", "admin_fees.amount", None)
    for text, yuan in (("13元", 13), ("13", 130_000)):
        changed, _ = apply_readings(parts, [said(text, by, where=where, machine="12万元") for by in ("li", "wang")])
        (o,) = changed["observations"].to_pylist()[0]
        assert (o["value"], o["value_std"]) == (13, yuan)


def test_another_file_of_the_report_is_never_touched():
    parts, rows = applied(said("7", "li"), said("7", "wang"), parts=to_table([doubtful("b")]))
    assert [r["status"] for r in rows] == ["reopened"] and rows[0]["machine_text"] is None
    assert parts.equals(to_table([doubtful("b")]))


def test_a_machine_that_reads_otherwise_now_reopens_the_cell():
    parts, (row,) = applied(said("7", "li", machine="T"), said("7", "wang", machine="T"))
    assert (row["status"], row["value_text"], row["texts"]) == ("reopened", None, ["7", "7"])
    assert total(parts)[0]["value"] == 1


def test_a_sentence_is_compared_with_what_people_read():
    from transform.observation import Check

    told = Check(
        "text_review_total",
        "usual",
        "==",
        None,
        "broken",
        7.0,
        1.0,
        6.0,
        ("text.review_total", "review_total"),
        ("ch 1-2", place()[1]),
    )
    whole = doubtful()
    parts = to_table([replace(whole, checks=(*whole.checks, told))])
    changed, _ = apply_readings(parts, [said("7", "li"), said("7", "wang")])
    (again,) = [c for c in changed["checks"].to_pylist()[0] if c["identity"] == "text_review_total"]
    assert (again["right"], again["residual"], again["status"]) == (7, 0, "holds")


def test_readings_survive_the_file_in_any_order(tmp_path):
    readings = [
        said("7", "wang"),
        said("", "li"),
        said("7", "sun", where=(document_id("b"), "t1 r1 c2", "req_new", "total")),
    ]
    save_readings(tmp_path / "readings.csv", readings)
    loaded = load_readings(tmp_path / "readings.csv")
    assert sorted(loaded, key=repr) == sorted(readings, key=repr)
    save_readings(tmp_path / "again.csv", readings[::-1])
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "readings.csv").read_bytes()
    assert load_readings(tmp_path / "readings.csv", as_of="2026-02-28") == []


# -- review


@pytest.fixture
def home(tmp_path):
    """A home whose latest release has one doubtful and one unreadable cell."""
    tables = whole(assemble(to_table([doubtful(figures=MISREAD | {"res_total[total]": "2g"})]), [record("a", URL)]))
    make_release(tmp_path, "2026.11.0-sample", tables=tables, synthetic_allowed=True)
    return Home(tmp_path)


def run(home, *arguments):
    return cli.main([*arguments, "--home", str(home.folder)])


def fill(path, texts):
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["read"] = texts.get(row["indicator"], "")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_a_sheet_shows_nothing_of_what_the_machine_read(home, tmp_path):
    sheet = tmp_path / "cells.csv"
    assert run(home, "review", "--sheet", str(sheet)) == 0
    text = sheet.read_text(encoding="utf-8-sig")
    assert "2g" not in text and "doubtful" not in text
    rows = list(csv.DictReader(text.splitlines()))
    assert [(r["indicator"], r["applicant"], r["read"]) for r in rows] == [
        ("res_total", "total", ""),
        ("review_total", "", ""),
    ]
    assert rows[0]["cell"] == "（七）总计 × 总计" and rows[0]["url"] == URL


def test_two_people_work_through_a_sheet(home, tmp_path, capsys):
    for by in ("li", "wang"):
        sheet = tmp_path / f"{by}.csv"
        assert run(home, "review", "--sheet", str(sheet), "--by", by) == 0
        fill(sheet, {"res_total": "29", "review_total": "7"} if by == "li" else {"review_total": "7"})
        assert run(home, "review", "--take", str(sheet), "--by", by) == 0
    cells = {c["indicator"]: (c["state"], c["read_by"]) for c in open_cells(home)}
    assert cells == {"res_total": ("one", ["li"])}
    assert verdicts(load_readings(home.readings))[place()].text == "7"
    capsys.readouterr()
    run(home, "review", "--by", "li")
    assert "0 cells to read" in capsys.readouterr().out


def test_on_a_terminal_it_asks_cell_by_cell(home, monkeypatch, capsys):
    answers = iter(["29", "", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert run(home, "review", "--by", "li") == 0
    assert [(r.indicator, r.value_text, r.machine_text) for r in load_readings(home.readings)] == [
        ("res_total", "29", "2g")
    ]
    assert "2g" not in capsys.readouterr().out


def test_a_cell_that_is_not_open_is_refused(home, tmp_path, capsys):
    sheet = tmp_path / "cells.csv"
    run(home, "review", "--sheet", str(sheet))
    sheet.write_text(
        sheet.read_text(encoding="utf-8-sig").replace("review_total", "review_upheld"), encoding="utf-8-sig"
    )
    fill(sheet, {"review_upheld": "4"})
    assert run(home, "review", "--take", str(sheet), "--by", "li") == 2
    assert "not open" in capsys.readouterr().err and not home.readings.exists()


def test_a_document_that_changed_reopens_its_cell(tmp_path):
    later = MISREAD | {"review_pending": "3"}
    readings = [doubtful("a"), doubtful("b", later)]
    tables = whole(assemble(to_table(readings), [record("a", URL), record("b", URL, "2026-05-01")]))
    make_release(tmp_path, "2026.11.0-sample", tables=tables, synthetic_allowed=True)
    home = Home(tmp_path)
    save_readings(home.readings, [said("7", "li"), said("7", "wang")])
    (cell,) = open_cells(home)
    assert (cell["document_id"], cell["state"], cell["read_by"]) == (document_id("b"), "reopened", [])


def test_two_people_decide_whose_a_doubtful_report_is(tmp_path, capsys):
    home = Home(tmp_path)
    for_one = Evidence("unit", "title", "CN-990102", "示例市乙区人民政府"), Evidence("year", "title", "2022", "2022")
    against = (Evidence("year", "period", "2021", "2021"), Evidence("year", "opening", "2021", "2021年"))
    parts = to_table([reading("a", who=identity(evidence=(*for_one, *against)))])
    records = [record("a", URL)]
    make_release(tmp_path, "2026.11.0-sample", tables=whole(assemble(parts, records)), synthetic_allowed=True)
    asked = {(c["locator"], c["indicator"]): c for c in open_cells(home)}
    assert asked.keys() == {("attribution", "unit"), ("attribution", "year")}
    assert run(home, "review") == 0
    assert "on which year does it report?" in capsys.readouterr().out
    for by in ("li", "wang"):
        sheet = tmp_path / f"{by}.csv"
        assert run(home, "review", "--sheet", str(sheet)) == 0
        fill(sheet, {"unit": "990102", "year": "2021"})
        assert run(home, "review", "--take", str(sheet), "--by", by) == 0
    assert open_cells(home) == []
    decisions, cells = decisions_of(load_readings(home.readings))
    assert cells == []
    (row,) = assemble(parts, records, decisions=decisions)["panel"].to_pylist()
    assert (row["unit_id"], row["year"]) == ("CN-990102", 2021)


def test_taking_a_sheet_needs_a_name(home, tmp_path, capsys):
    assert run(home, "review", "--take", str(tmp_path / "x.csv")) == 2
    assert "--by" in capsys.readouterr().err


# -- in a release


def test_a_release_replays_what_people_read(tmp_path):
    """A copy of the sample in which two people read one cell of a page otherwise than the machine."""
    import shutil

    home = Home(tmp_path / "home")
    shutil.copytree(sample().home.folder, home.folder, ignore=shutil.ignore_patterns("releases"))
    row = next(
        r
        for r in sample().rows("observations")
        if r["unit_id"] == "CN-990103" and r["year"] == 2023 and r["indicator"] == "review_total"
    )
    where = (row["document_id"], row["locator"], row["indicator"], None)
    people = [said("999", by, where=where, machine=row["value_text"]) for by in ("li", "wang")]
    with Archive(home.archive) as archive:
        before = inputs_of(home, archive, SAMPLE_PORTALS, None)
        save_readings(home.readings, people)
        assert inputs_of(home, archive, SAMPLE_PORTALS, None) != before
    release = release_archive(home, SAMPLE_PORTALS)
    table = pq.read_table(release / "observations" / "observations-2023.parquet").to_pylist()
    (cell,) = [o for o in table if (o["document_id"], o["locator"]) == where[:2]]
    assert (cell["value"], cell["reader"], cell["consistency"]) == (999, "human", "broken")
    (kept,) = pq.read_table(release / "hand_readings.parquet").to_pylist()
    assert kept["machine_text"] == row["value_text"]
    assert check_release(release) == []
    assert "hand_readings" in {t["name"] for t in json.loads((release / "schema.json").read_text())["tables"]}


def test_without_readings_the_table_is_left_out():
    assert "hand_readings" not in sample().tables and "audit" not in sample().tables
