"""The command line: exit codes, what goes where, and how fast it starts."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from extract.archiving.archive import Archive
from flows import cli
from flows.terminal.rows import OBSERVATION_COLUMNS
from publish.schema.schemas import load_schemas

GONGKAI = Path(sys.executable).with_name("gongkai")
COMMANDS = ("build", "crawl", "import", "extract", "release", "check", "archive", "trace", "review", "audit")

#: Table 4 of the form of 2021 as a portal prints it, for the invented county 示例县.
PAGE = """<html><head><title>示例县人民政府2023年政府信息公开工作年度报告</title></head><body>
<h1>示例县人民政府2023年政府信息公开工作年度报告</h1>
<p>一、总体情况</p><p>本年度依法公开政府信息。</p>
<p>四、政府信息公开行政复议、行政诉讼情况</p>
<table>
<tr><td colspan="5">行政复议</td><td colspan="10">行政诉讼</td></tr>
<tr><td rowspan="2">结果维持</td><td rowspan="2">结果纠正</td><td rowspan="2">其他结果</td><td rowspan="2">尚未审结</td>
<td rowspan="2">总计</td><td colspan="5">未经复议直接起诉</td><td colspan="5">复议后起诉</td></tr>
<tr><td>结果维持</td><td>结果纠正</td><td>其他结果</td><td>尚未审结</td><td>总计</td>
<td>结果维持</td><td>结果纠正</td><td>其他结果</td><td>尚未审结</td><td>总计</td></tr>
<tr><td>3</td><td>1</td><td>0</td><td>2</td><td>6</td><td>4</td><td>0</td><td>0</td><td>1</td><td>5</td>
<td></td><td>0</td><td>/</td><td>0</td><td>8</td></tr>
</table></body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_json_holds_what_the_contract_promises(page, tmp_path):
    assert cli.main(["extract", str(page), "-o", str(tmp_path / "o.json")]) == 0
    found = read(tmp_path / "o.json")
    assert {"observations", "checks", "leftovers", "report"} <= found.keys()
    cells = {o["indicator"]: o for o in found["observations"]}
    assert len(cells) == 15
    assert all(tuple(o) == OBSERVATION_COLUMNS for o in found["observations"])
    assert (cells["review_total"]["value"], cells["review_total"]["value_text"]) == (6, "6")
    assert (cells["lit_post_upheld"]["value"], cells["lit_post_upheld"]["status"]) == (None, "blank")
    assert (cells["lit_post_other"]["value"], cells["lit_post_other"]["status"]) == (None, "slash")
    assert found["report"]["form"] == "sc_2021"
    assert found["report"]["year"] == 2023
    assert {c["status"] for c in found["checks"] if c["severity"] == "exact"} == {"holds", "not_evaluable"}


def test_what_is_told_stands_against_the_text_only_with_sure(page, tmp_path, capsys):
    told = ["extract", str(page), "--year", "2022", "--jurisdiction", "340102", "-o", str(tmp_path / "o.json")]
    assert cli.main(told) == 1
    found = read(tmp_path / "o.json")
    assert {o["year"] for o in found["observations"]} == {2023}
    assert found["report"]["attribution"] == "doubtful"
    assert "--year 2022 contradicts the document" in capsys.readouterr().err
    cli.main([*told, "--sure"])
    found = read(tmp_path / "o.json")
    assert {o["year"] for o in found["observations"]} == {2022}
    assert {o["jurisdiction_code"] for o in found["observations"]} == {"340102"}
    assert (found["report"]["attribution"], "contradicts" in capsys.readouterr().err) == ("single", False)


def test_an_import_that_contradicts_its_document_is_told(tmp_path, capsys):
    page = tmp_path / "page.html"
    page.write_text(PAGE.replace("示例县", "示例市东例区"), encoding="utf-8")
    told = ["import", str(page), "--home", str(tmp_path / "home"), "--jurisdiction"]
    assert cli.main([*told, "990103"]) == 1
    assert "--jurisdiction 990103 contradicts the document (title 示例市东例区人民政府" in capsys.readouterr().err
    assert cli.main([*told, "990103", "--sure"]) == cli.main([*told, "990102", "--year", "2023"]) == 0
    with Archive(tmp_path / "home" / "archive") as archive:
        records = archive.records(kind="import")
    says = [(r.jurisdiction_code, r.told_year, r.sure) for r in records]
    assert says == [("990103", None, None), ("990103", None, True), ("990102", 2023, None)]


def test_an_unknown_code_is_wrong_usage(page, tmp_path, capsys):
    assert cli.main(["extract", str(page), "--jurisdiction", "123456"]) == 2
    assert cli.main(["import", str(page), "--jurisdiction", "123456", "--home", str(tmp_path)]) == 2
    assert "no territory has or had this code" in capsys.readouterr().err


def test_csv_and_parquet_hold_the_same_cells(page, tmp_path):
    import pyarrow.parquet as pq

    cli.main(["extract", str(page), "-o", str(tmp_path / "o.csv")])
    cli.main(["extract", str(page), "-o", str(tmp_path / "o.parquet")])
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "o.parquet")
    assert [row["value_text"] for row in rows] == table["value_text"].to_pylist()
    assert table.column_names == list(OBSERVATION_COLUMNS)


def test_columns_are_those_of_the_released_table():
    assert load_schemas()["observations"].names == list(OBSERVATION_COLUMNS)


def test_without_output_a_table_is_printed(page, capsys):
    assert cli.main(["extract", str(page)]) == 0
    printed = capsys.readouterr()
    assert "review_total" in printed.out
    assert "2023" in printed.out


def test_bad_file_is_named_and_the_others_are_read(page, tmp_path, capsys):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 cut off")
    assert cli.main(["extract", str(broken), str(page), "-o", str(tmp_path / "o.json")]) == 1
    found = read(tmp_path / "o.json")
    assert len(found["observations"]) == 15
    assert [report["status"] for report in found["reports"]] == ["unreadable", found["reports"][1]["status"]]
    assert found["report"] is None
    assert "broken.pdf" in capsys.readouterr().err


def test_folder_is_read_whole(page, tmp_path):
    folder = tmp_path / "folder" / "below"
    folder.mkdir(parents=True)
    (folder / "a.html").write_text(PAGE, encoding="utf-8")
    (folder.parent / "b.html").write_text(PAGE.replace("2023", "2022"), encoding="utf-8")
    assert cli.main(["extract", str(folder.parent), "-o", str(tmp_path / "o.json")]) == 0
    assert sorted({o["year"] for o in read(tmp_path / "o.json")["observations"]}) == [2022, 2023]


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract", "no-such-file.html"],
        ["extract", "pyproject.toml", "-o", "o.xlsx"],
        ["build", "--portals", "README.md", "--jurisdiction", "34"],
        ["build", "--years", "2024-2014"],
        ["release", "--as-of", "yesterday"],
        ["check", "no-such-release"],
        ["crawl", "--portals", "data/reference/portals.csv", "--jurisdiction", "999999", "--contact", "a@b.cn"],
        ["build", "--portals", "data/reference/portals.csv", "--jurisdiction", "340102"],
        ["build", "--version", "1.0"],
        ["archive", "burn"],
        ["crawl", "-4", "-6"],
        ["crawl", "--portals", "data/reference/portals.csv", "--contact", "a@b.cn", "--rate", "50"],
        ["crawl", "--portals", "data/reference/portals.csv", "--contact", "a@b.cn", "--budget", "0"],
        ["crawl", "--portals", "data/reference/portals.csv", "--contact", "a@b.cn", "--vantage", "sample"],
        [],
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    try:
        exit_code = cli.main(arguments)
    except SystemExit as end:
        exit_code = end.code
    assert exit_code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_release_without_an_archive_is_3(capsys):
    assert cli.main(["release"]) == 3
    assert "no archive" in capsys.readouterr().err


def test_import_tells_the_record_and_verify_finds_a_flipped_byte(page, tmp_path, capsys):
    home, address = str(tmp_path / "home"), "https://www.shili-99.gov.cn/2023.html"
    told = ["--url", address, "--jurisdiction", "990102", "--year", "2023", "--home", home]
    assert cli.main(["import", str(page), *told]) == 0
    assert address in capsys.readouterr().out
    with Archive(Path(home) / "archive") as archive:
        [record] = archive.records()
    assert (record.kind, record.url, record.jurisdiction_code, record.link_year) == ("import", address, "990102", 2023)
    assert cli.main(["archive", "verify", "--home", home]) == 0
    assert "1 files, 3 records, 1 attempts, 1 documents: all is as it says" in capsys.readouterr().out
    place = Path(home) / "archive" / "gongkai-000001.warc.gz"
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    assert cli.main(["archive", "verify", "--home", home]) == 1
    assert "gongkai-000001.warc.gz, offset" in capsys.readouterr().out


def test_verify_without_an_archive_is_1(tmp_path, capsys):
    assert cli.main(["archive", "verify", "--home", str(tmp_path)]) == 1
    assert "no archive" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    assert f"gongkai {command} " in capsys.readouterr().out.partition("example:")[2]


def test_every_command_is_in_the_readme_or_the_contract():
    root = Path(__file__).resolve().parent.parent
    documented = (root / "README.md").read_text(encoding="utf-8") + (root / "docs" / "contract.md").read_text(
        encoding="utf-8"
    )
    assert [command for command in COMMANDS if f"gongkai {command}" not in documented] == []


@pytest.mark.parametrize(("arguments", "seconds"), [(["--help"], 0.3), (["extract", "PAGE", "-o", "OUT"], 1.0)])
def test_command_starts_fast(page, tmp_path, arguments, seconds):
    """The whole process in processor time, which is its time on a machine that does nothing else."""
    named = {"PAGE": str(page), "OUT": str(tmp_path / "o.json")}
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([GONGKAI, *(named.get(a, a) for a in arguments)], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < seconds
