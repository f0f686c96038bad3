"""Each export opens in its own tool with the values of the Parquet file, and says why a figure is missing."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.errors import ReleaseError
from publish.codebook.codebook import codebook_rows
from publish.codebook.missing import empty_cells, missing_letters
from publish.exports.csv_files import as_text, write_csv
from publish.exports.stata_files import LONGEST_LABEL, LONGEST_TEXT, write_stata
from publish.exports.workbook import write_excel
from publish.exports.write_exports import EXPORTED, FOLDER, write_exports
from publish.files.release_files import write_checksums
from publish.releasing.release import make_release
from publish.schema.safe_text import safe_text
from publish.schema.schemas import Column, TableSchema, arrow_schema, load_schemas
from tests.release_factory import FORMULA, VERSION, release_tables, write_folder
from tests.report_factory import FIGURES, identity, reading, record


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return make_release(
        tmp_path_factory.mktemp("home"), VERSION, tables=release_tables(), synthetic_allowed=True
    ).directory


@pytest.fixture(scope="module")
def parquet(release):
    return {name: pq.read_table(release / f"{name}.parquet") for name in EXPORTED}


def joined(value):
    return "|".join(value) if isinstance(value, list) else value


def test_every_table_for_people_is_exported_in_every_format(release, parquet):
    assert all(table.num_rows for table in parquet.values())
    found = {path.name for path in (release / FOLDER).iterdir()}
    assert found == {f"{n}.{kind}" for n in EXPORTED for kind in ("csv", "dta")} | {"gongkai.xlsx", "gongkai.duckdb"}


def plain_text(text):
    """Return what ``safe_text`` was given."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) != text[1:] else text


@pytest.mark.parametrize("name", EXPORTED)
def test_csv_has_the_values_of_the_parquet_file(release, parquet, name):
    content = (release / FOLDER / f"{name}.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == parquet[name].num_rows
    for told, row in zip(rows, parquet[name].to_pylist(), strict=True):
        assert list(told) == parquet[name].column_names
        for column, value in row.items():
            text = plain_text(told[column])
            if value is None or value == []:
                assert text == ""
            elif isinstance(value, bool):
                assert text == str(value).upper()
            elif isinstance(value, (int, float)):
                assert float(text) == value
            else:
                assert text == joined(value)


def test_pandas_reads_the_csv_as_the_parquet_file(release, parquet):
    import pandas as pd

    frame = pd.read_csv(release / FOLDER / "panel.csv", dtype={"jurisdiction_code": str})
    assert frame["requests_received"].tolist() == parquet["panel"]["requests_received"].to_pylist()
    assert frame["synthetic"].dtype == bool and frame["jurisdiction_code"].tolist() == ["990102"] * 3


@pytest.mark.parametrize("name", EXPORTED)
def test_stata_has_the_values_of_the_parquet_file(release, parquet, name):
    import pandas as pd

    path = release / FOLDER / f"{name}.dta"
    assert path.read_bytes()[:40].startswith(b"<stata_dta><header><release>118</release")
    frame = pd.read_stata(path, convert_categoricals=False, convert_missing=True)
    named = pd.read_stata(path)
    assert list(frame.columns) == parquet[name].column_names
    for column in load_schemas()[name].columns:
        values = parquet[name][column.name].to_pylist()
        if column.allowed:
            assert [None if pd.isna(v) else v.split(" ")[0] for v in named[column.name]] == values, column.name
        elif column.type == "bool":
            assert [None if pd.isna(v) else {"no 否": False, "yes 是": True}[v] for v in named[column.name]] == values
        elif column.type in ("string", "list<string>"):
            assert frame[column.name].tolist() == [joined(v) or "" for v in values]
        else:
            assert [v if isinstance(v, (int, float)) else None for v in frame[column.name]] == values, column.name


def stata(release, name):
    import pandas as pd

    frame = pd.read_stata(release / FOLDER / f"{name}.dta", convert_categoricals=False, convert_missing=True)
    return frame.set_index(["unit_id", "year"])


def test_stata_says_why_a_figure_is_missing(release):
    """Another form, a row not printed, a blank, and a territory without figures are four things."""
    panel = stata(release, "panel").loc["CN-990102"]
    assert str(panel.loc[2016, "unclear_2019"]) == ".a" and str(panel.loc[2022, "unclear_2014"]) == ".a"
    assert str(panel.loc[2016, "litigation_total"]) == ".b"
    assert str(panel.loc[2016, "requests_decided"]) == ".c" and str(panel.loc[2021, "not_held"]) == ".c"
    ratios = stata(release, "indicators").reset_index().set_index(["year", "indicator"])
    assert str(ratios.loc[(2021, "not_held_share"), "value"]) == ".c"
    assert str(ratios.loc[(2022, "direct_corrected_share"), "value"]) == ".b"
    territory = stata(release, "panel_2024").reset_index()
    lost = territory[territory["missing_reason"].map(lambda v: isinstance(v, int))]
    assert len(lost) and {str(v) for v in lost["requests_received"]} == {".d"}


def test_stata_tells_a_blank_from_what_is_no_number(tmp_path):
    """Also in ratios and in the panel at the boundaries of 2024, which hold no cells themselves."""
    texts = {2020: "", 2021: "六件多", 2022: "6", 2023: "/"}
    found = [
        reading(str(year), FIGURES | {"res_unable_not_held[total]": text}, who=identity(year=year))
        for year, text in texts.items()
    ]
    assert [o.status for r in found for o in r.observations if o.indicator == "res_unable_not_held"] == [
        "blank",
        "unreadable",
        "reported",
        "slash",
    ]
    tables = release_tables(found, [record(str(year), f"https://{year}.example/", "2026-02-01") for year in texts])
    folder = write_folder(tmp_path / VERSION, tables)
    schemas = load_schemas()
    ready = {name: pq.read_table(folder / f"{name}.parquet") for name in EXPORTED}
    empty = empty_cells(folder, ready, schemas)
    for name in ("panel", "panel_2024"):
        assert missing_letters(name, ready[name], empty)["not_held"][:4].tolist() == ["c", "e", "", "c"], name
    for name in ("indicators", "indicators_2024"):
        rows = zip(ready[name].to_pylist(), missing_letters(name, ready[name], empty)["value"], strict=True)
        letters = {
            row["year"]: letter for row, letter in rows if row["indicator"] == "not_held_share" and row["year"] in texts
        }
        assert letters == {2020: "c", 2021: "e", 2022: "", 2023: "c"}, name


def test_stata_labels_are_english_and_chinese(release):
    import pandas as pd

    with pd.io.stata.StataReader(release / FOLDER / "panel.dta") as reader:
        variables, values = reader.variable_labels(), reader.value_labels()
    assert variables["requests_received"] == "Requests received in the year, in 件 | 一、本年新收政府信息公开申请数量"
    assert all(variables.values()) and max(map(len, variables.values())) <= LONGEST_LABEL
    told = {text for labels in values.values() for text in labels.values()}
    assert {"confirmed 已确认", "sc_2019 2019年表式", "region 全域", "the form has no such item 表式无此项"} <= told


def test_a_column_of_letters_first_and_many_figures_later_keeps_both(tmp_path):
    import pandas as pd

    columns = tuple(
        Column(n, t, f"{n} told", True)
        for n, t in (("indicator", "string"), ("value", "double"), ("missing_reason", "string"))
    )
    schema = TableSchema("indicators", "ratios", "indicators.parquet", ("indicator",), columns)
    values = [None] * 200 + [float(n) for n in range(200)]
    rows = [
        {"indicator": str(n), "value": v, "missing_reason": "blank" if v is None else None}
        for n, v in enumerate(values)
    ]
    write_stata(tmp_path / "t.dta", "1", [pa.Table.from_pylist(rows, schema=arrow_schema(schema))], schema)
    back = pd.read_stata(tmp_path / "t.dta", convert_missing=True, convert_categoricals=False)["value"].tolist()
    assert [str(v) for v in back[:200]] == [".c"] * 200 and back[200:] == values[200:]


@pytest.mark.parametrize("name", EXPORTED)
def test_rows_some_at_a_time_give_the_file_of_all_at_once(tmp_path, parquet, name):
    whole = parquet[name]
    some = [whole.slice(row, 1) for row in range(whole.num_rows)]
    assert len(some) > 2
    for number, tables in enumerate(([whole], some)):
        write_csv(tmp_path / f"{number}.csv", tables)
        write_stata(tmp_path / f"{number}.dta", "1", tables, load_schemas()[name])
    for kind in ("csv", "dta"):
        assert (tmp_path / f"0.{kind}").read_bytes() == (tmp_path / f"1.{kind}").read_bytes()


def test_a_text_longer_than_stata_takes_is_cut_and_says_so(tmp_path):
    import pandas as pd

    schema = TableSchema(
        "t",
        "t",
        "t.parquet",
        (),
        (Column("text", "string", "a text", True), Column("value", "double", "a figure", True)),
    )
    texts = ["短", None, "政府信息" * 200, "x" * LONGEST_TEXT]
    assert len(texts[2].encode()) > LONGEST_TEXT
    tables = [
        pa.table({"text": [text], "value": [float(n)]}, schema=arrow_schema(schema)) for n, text in enumerate(texts)
    ]
    write_stata(tmp_path / "t.dta", "1", tables, schema)
    back = pd.read_stata(tmp_path / "t.dta")
    assert back["text"][[0, 1, 3]].tolist() == ["短", "", texts[3]] and back["value"].tolist() == [0.0, 1.0, 2.0, 3.0]
    begin, mark = back["text"][2].split("…")
    assert texts[2].startswith(begin) and len(begin) > 600 and mark == " (cut: the Parquet file has all of it)"


def test_a_name_too_long_for_stata_is_refused(tmp_path):
    schema = TableSchema("panel", "p", "panel.parquet", (), (Column("x" * 33, "string", "long"),))
    with pytest.raises(ReleaseError, match="32 characters"):
        write_stata(tmp_path / "t.dta", "1", [arrow_schema(schema).empty_table()], schema)


def test_excel_has_the_values_of_the_parquet_file_and_the_codebook_first(release, parquet):
    from openpyxl import load_workbook

    book = load_workbook(release / FOLDER / "gongkai.xlsx", read_only=True)
    assert book.sheetnames == ["codebook", *EXPORTED]
    for name in EXPORTED:
        header, *rows = book[name].iter_rows(values_only=True)
        assert list(header) == parquet[name].column_names
        for told, row in zip(rows, parquet[name].to_pylist(), strict=True):
            wanted = [joined(v) if v not in ("", []) else None for v in row.values()]
            found = [plain_text(v) if isinstance(v, str) else v for v in told]
            # A row ends with its last cell that is not empty; a workbook keeps 16 digits.
            for value, want in zip(found + [None] * (len(wanted) - len(found)), wanted, strict=True):
                assert value == (pytest.approx(want, rel=1e-15) if isinstance(want, float) else want)
    header, *rows = book["codebook"].iter_rows(values_only=True)
    names = [row[header.index("name")] for row in rows]
    assert {"requests_received", "disclosed_share", "status=blank", ".a"} <= set(names)


def test_a_table_too_long_for_a_sheet_is_named_not_cut(tmp_path, parquet):
    from openpyxl import load_workbook

    write_excel(tmp_path / "b.xlsx", "1", {"panel": parquet["panel"], "indicators": parquet["indicators"]}, [], most=5)
    book = load_workbook(tmp_path / "b.xlsx", read_only=True)
    assert book.sheetnames == ["codebook", "panel", "left out"]
    assert [row[0].value for row in book["left out"].iter_rows()][1] == "indicators"


def test_a_table_of_more_cells_than_excel_opens_with_ease_is_named_not_cut(tmp_path, parquet):
    from openpyxl import load_workbook

    panel = parquet["panel"]
    for limit, names in (
        (panel.num_rows * panel.num_columns, ["codebook", "panel"]),
        (panel.num_columns, ["codebook", "left out"]),
    ):
        write_excel(tmp_path / "b.xlsx", "1", {"panel": panel}, [], most_cells=limit)
        assert load_workbook(tmp_path / "b.xlsx", read_only=True).sheetnames == names


def test_duckdb_has_the_values_of_every_parquet_file(release):
    import duckdb

    schemas = json.loads((release / "schema.json").read_text(encoding="utf-8"))["tables"]
    with duckdb.connect(str(release / FOLDER / "gongkai.duckdb"), read_only=True) as connection:
        for schema in schemas:
            files = sorted(release.glob(schema["path"].replace("{year}", "*")))
            wanted = pa.concat_tables([pq.read_table(path, partitioning=None) for path in files])
            found = connection.execute(f'FROM "{schema["name"]}"').to_arrow_table()
            assert found.to_pylist() == wanted.to_pylist(), schema["name"]
        comments = dict(connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
        assert all(comments.values()) and comments["panel"].startswith("One row per unit and year")
        bare = "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND table_name IN (SELECT table_name FROM duckdb_tables())"
        assert connection.execute(f"{bare} AND table_name NOT IN ('codebook', 'release')").fetchall() == [(0,)]


def test_duckdb_views_answer_the_usual_questions(release):
    import duckdb

    with duckdb.connect(str(release / FOLDER / "gongkai.duckdb"), read_only=True) as connection:
        query = "SELECT value, reading, consistency FROM panel_long WHERE concept = 'review_concluded' AND year = 2021"
        assert connection.execute(query).fetchall() == [(7.0, "confirmed", "broken")]
        query = "SELECT value FROM current_figures WHERE indicator = 'review_total' ORDER BY year"
        assert connection.execute(query).fetchall() == [(8.0,), (7.0,)]


def test_no_formula_starts_a_cell(release):
    from openpyxl import load_workbook

    for text in ("=1+1", "+1", "-1", "@a", "＝1", "\t=1"):
        assert safe_text(text) == f"'{text}" and plain_text(safe_text(text)) == text
    assert safe_text("'tis") == plain_text("'tis") == "'tis"
    assert as_text(-1.0) == "-1"
    publishers = [
        row["publisher"] for row in csv.DictReader((release / FOLDER / "panel.csv").open(encoding="utf-8-sig"))
    ]
    assert f"'{FORMULA}" in publishers
    book = load_workbook(release / FOLDER / "gongkai.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds and "s" in kinds


def test_a_release_made_again_keeps_exports_that_differ_in_bytes_only(release, tmp_path):
    """The time and the library's version stand in xlsx, dta and duckdb files: they are equal by value."""
    home = tmp_path / "home"
    first = make_release(home, VERSION, tables=release_tables(), synthetic_allowed=True)
    for name in ("gongkai.xlsx", "gongkai.duckdb", "panel.dta"):
        path = first.directory / FOLDER / name
        path.write_bytes(path.read_bytes() + b"\0")
    write_checksums(first.directory, f"gongkai {VERSION}")
    assert make_release(home, VERSION, tables=release_tables(), synthetic_allowed=True).existed
    (first.directory / FOLDER / "panel.csv").write_bytes(b"unit_id\r\n")
    write_checksums(first.directory, f"gongkai {VERSION}")
    with pytest.raises(ReleaseError, match=r"exports/panel\.csv"):
        make_release(home, VERSION, tables=release_tables(), synthetic_allowed=True)


def test_a_release_without_the_table_has_no_export_of_it(tmp_path, release, parquet):
    import shutil

    schemas = {n: s for n, s in load_schemas().items() if n in ("panel", "units")}
    for name in (*(f"{n}.parquet" for n in schemas), "codebook.csv"):
        shutil.copy(release / name, tmp_path / name)
    write_exports(tmp_path, VERSION, {"panel": schemas["panel"]}, codebook_rows(schemas))
    assert {p.name for p in (tmp_path / FOLDER).iterdir()} == {
        "panel.csv",
        "panel.dta",
        "gongkai.xlsx",
        "gongkai.duckdb",
    }


def test_worker_processes_write_the_same_exports(tmp_path, monkeypatch, release):
    import shutil

    schemas = {n: s for n, s in load_schemas().items() if n in ("panel", "reports")}
    folders = tmp_path / "here", tmp_path / "workers"
    for folder, few in zip(folders, (10**6, 0), strict=True):
        folder.mkdir()
        for name in (*(f"{n}.parquet" for n in schemas), "codebook.csv"):
            shutil.copy(release / name, folder / name)
        monkeypatch.setattr("publish.exports.write_exports.FEW_ROWS", few)
        write_exports(folder, VERSION, schemas, codebook_rows(schemas))
    here, workers = ({p.name: p.read_bytes() for p in (folder / FOLDER).iterdir()} for folder in folders)
    assert (
        here.keys() == workers.keys()
        and here["panel.csv"] == workers["panel.csv"]
        and here["panel.dta"] == workers["panel.dta"]
    )


def test_what_a_worker_process_cannot_write_refuses_the_release(tmp_path, monkeypatch, release):
    import shutil

    schemas = {"panel": load_schemas()["panel"]}
    shutil.copy(release / "panel.parquet", tmp_path)  # the codebook is not there
    monkeypatch.setattr("publish.exports.write_exports.FEW_ROWS", 0)
    with pytest.raises(ReleaseError, match=r"exports of release .*duckdb_file"):
        write_exports(tmp_path, VERSION, schemas, codebook_rows(schemas))
