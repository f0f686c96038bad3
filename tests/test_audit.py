"""A blind audit draws the same cells whoever asks, and counts an error as an error."""

from __future__ import annotations

import csv
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.errors import UsageError
from flows import cli
from flows.home.home import Home
from publish.by_hand.audit import audit_rows, draw, is_error, wilson
from publish.by_hand.sheets import ReleaseCells, key_of
from publish.checking.check import check_release
from publish.checking.validate import canonical, check_tables
from publish.releasing.release import make_release
from publish.schema.schemas import load_schemas
from tests.release_factory import whole
from tests.report_factory import identity, reading, record
from tests.whole_line import assemble
from transform.reports.parts import to_table

READINGS = [
    reading("a"),
    reading("b", who=identity(year=2021)),
    reading("c", who=identity(year=2020), form="sc_2019"),
    reading("d", who=identity(year=2019), media_type="application/pdf", quality="single"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    records = [record(name, f"https://b.example/{name}") for name in "abcd"]
    make_release(
        folder, "2026.11.0-sample", tables=whole(assemble(to_table(READINGS), records)), synthetic_allowed=True
    )
    return Home(folder)


@pytest.fixture(scope="module")
def cells(home):
    return pa.concat_tables(ReleaseCells(home.releases / "2026.11.0-sample"))


def test_the_same_seed_draws_the_same_cells_in_any_order_of_the_table(cells):
    order = list(range(cells.num_rows))
    random.Random(3).shuffle(order)
    first = [key_of(c) for c in draw([cells], 20, 1)]
    assert first == [key_of(c) for c in draw([cells.take(order[:30]), cells.take(order[30:])], 20, 1)]
    assert first != [key_of(c) for c in draw([cells], 20, 2)]
    assert len(set(first)) == 20


def test_every_stratum_has_its_share_and_at_least_one_cell(cells):
    drawn = draw([cells], 31, 1)
    counts: dict = {}
    for cell in drawn:
        stratum = cell["media_type"], cell["form"], cell["reading"]
        counts[stratum] = counts.get(stratum, 0) + 1
    assert counts == {
        ("application/pdf", "sc_2021", "single"): 8,
        ("text/html", "sc_2019", "confirmed"): 8,
        ("text/html", "sc_2021", "confirmed"): 15,
    }
    with pytest.raises(UsageError, match="leaves strata out"):
        draw([cells], 2, 1)
    assert len(draw([cells], 10_000, 1)) == cells.num_rows


@pytest.mark.parametrize(
    ("value", "status", "read", "wrong"),
    [
        (7.0, "reported", "7", False),
        (7.0, "reported", "7件", False),
        (7.0, "reported", "1", True),
        (7.0, "reported", "", True),
        (None, "blank", "", False),
        (None, "blank", "0", True),
        (0.0, "reported", "", True),
        (None, "slash", "/", False),
        (None, "blank", "/", True),
        (None, "unreadable", "7", True),
    ],
)
def test_what_an_error_is(value, status, read, wrong):
    assert is_error({"value": value, "status": status}, read) is wrong


def test_wilsons_interval_is_that_of_the_tables():
    # Published examples: 10 of 100 and 1 of 20.
    assert [round(v, 4) for v in wilson(0.1, 100)] == [0.0552, 0.1744]
    assert [round(v, 4) for v in wilson(0.05, 20)] == [0.0089, 0.2361]
    assert wilson(1, 50)[1] == 1


def answers(drawn, wrong=()):
    return [{**c, "read": "9999" if n in wrong else c["value_text"]} for n, c in enumerate(drawn)]


def test_errors_are_counted_in_their_stratum_and_weighted_in_the_whole(cells):
    drawn = draw([cells], 31, 1)
    pdf = [n for n, c in enumerate(drawn) if c["media_type"] == "application/pdf"]
    rows = {(r["media_type"], r["form"]): r for r in audit_rows([cells], answers(drawn, wrong=pdf[:2]))}
    assert (rows["application/pdf", "sc_2021"]["errors"], rows["application/pdf", "sc_2021"]["rate"]) == (2, 0.25)
    whole = rows["all", "all"]
    assert (whole["sampled"], whole["errors"], whole["cells"], whole["lost"]) == (31, 2, cells.num_rows, 0)
    assert whole["rate"] == pytest.approx(0.25 * 31 / 124) and whole["low"] < whole["rate"] < whole["high"]
    assert rows["text/html", "sc_2021"]["errors"] == 0 and rows["text/html", "sc_2021"]["high"] > 0


def test_a_stratum_nobody_read_has_no_rate_and_a_lost_cell_is_counted(cells):
    drawn = [c for c in draw([cells], 31, 1) if c["media_type"] == "text/html"]
    rows = {
        (r["media_type"], r["form"]): r
        for r in audit_rows([cells], [*answers(drawn), {**answers(drawn)[0], "locator": "t9 r9 c9"}])
    }
    assert (rows["application/pdf", "sc_2021"]["sampled"], rows["application/pdf", "sc_2021"]["rate"]) == (0, None)
    assert (rows["all", "all"]["lost"], rows["all", "all"]["rate"]) == (1, 0)


def test_rows_fit_the_schema(cells):
    schemas = load_schemas()
    table = canonical(pa.Table.from_pylist(audit_rows([cells], answers(draw([cells], 31, 1)))), schemas["audit"])
    assert check_tables({"audit": table}, schemas) == []


def test_from_the_draw_to_the_rate(home, tmp_path, capsys):
    sheet = tmp_path / "audit.csv"
    assert cli.main(["audit", "--sample", "12", "--sheet", str(sheet), "--home", str(home.folder)]) == 0
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and not {"value", "value_text", "reading", "form", "media_type"} & set(rows[0])
    release = home.releases / "2026.11.0-sample"
    known = {key_of(c): c["value_text"] for c in pa.concat_tables(ReleaseCells(release)).to_pylist()}
    for number, row in enumerate(rows):
        text = known[row["document_id"], row["locator"], row["indicator"], row["applicant"] or None]
        row["read"] = "12345" if number == 0 else text or "[blank]"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    capsys.readouterr()
    assert cli.main(["audit", "--filled", str(sheet), "--home", str(home.folder)]) == 0
    told = capsys.readouterr().out
    assert "95 % interval" in told and "all" in told and home.audit.is_file()
    assert sum(int(line.split()[-5]) for line in told.splitlines() if line.startswith("all")) == 1


def test_wrong_use_is_told(home, tmp_path, capsys):
    for arguments in (
        ["audit"],
        ["audit", "--sample", "5", "--filled", "x.csv"],
        ["audit", "--filled", str(tmp_path / "no.csv")],
    ):
        assert cli.main([*arguments, "--home", str(home.folder)]) == 2
    assert cli.main(["audit", "--sample", "5", "--home", str(tmp_path)]) == 2
    assert "gongkai build" in capsys.readouterr().err


def test_a_release_made_after_an_audit_holds_it(tmp_path):
    import shutil

    from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
    from publish.by_hand.sheets import write_sheet
    from tests.sample_home import sample

    home = Home(tmp_path / "home")
    shutil.copytree(sample().home.folder, home.folder, ignore=shutil.ignore_patterns("releases"))
    first = release_archive(home, SAMPLE_PORTALS)
    drawn = draw(ReleaseCells(first), 40, 1)
    write_sheet(home.audit, drawn)
    with home.audit.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, cell in zip(rows, drawn, strict=True):
        row["read"] = cell["value_text"] or "[blank]"
    with home.audit.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    second = release_archive(home, SAMPLE_PORTALS)
    assert second != first
    whole = next(r for r in pq.read_table(second / "audit.parquet").to_pylist() if r["media_type"] == "all")
    assert (whole["sampled"], whole["errors"], whole["rate"], whole["lost"]) == (40, 0, 0, 0)
    assert check_release(second) == []
