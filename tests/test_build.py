"""The whole line through Prefect: on the sample portal, twice."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from extract.crawling.sample_portal import SAMPLE_DIRECTORY
from flows.home.home import Home
from flows.reading.read import reading_pool
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from publish.exports.write_exports import is_by_value
from tests.accuracy import measure, rows
from tests.to_read import documents_to_read
from tests.whole_line import read_batch

GONGKAI = Path(sys.executable).with_name("gongkai")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A home in which ``gongkai build`` made the sample release."""
    home = tmp_path_factory.mktemp("sample") / "home"
    run = subprocess.run([GONGKAI, "build", "--home", home], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return home


def latest(home: Path) -> Path:
    return home / "releases" / (home / "releases" / "latest").read_text().strip()


def checksums(release: Path) -> dict[str, str]:
    files = (path for path in release.rglob("*") if path.is_file())
    return {str(path.relative_to(release)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _same_bytes(release: Path) -> dict[str, str]:
    """The files that are promised byte for byte: not the workbook, Stata and DuckDB files, nor the list of all digests."""
    return {
        name: digest for name, digest in checksums(release).items() if not is_by_value(name) and name != "checksums.txt"
    }


def runs(home: Path, table: str) -> int:
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.prefect
class TestSample:
    def test_every_cell_is_as_it_was_typeset(self, built):
        accuracy = measure(latest(built))
        assert accuracy.faults == []
        assert accuracy.total["right"] == accuracy.total["cells"] > 14_000
        assert accuracy.total["silent"] == 0

    def test_coverage_of_the_invented_province_is_as_constructed(self, built):
        true = {(r["unit_id"], int(r["year"])): r for r in rows(SAMPLE_DIRECTORY / "truth" / "coverage.csv")}
        found = {(r["unit_id"], r["year"]): r for r in pq.read_table(latest(built) / "coverage.parquet").to_pylist()}
        found = {key: row for key, row in found.items() if key[0].startswith("CN-99")}
        assert found.keys() <= true.keys()
        assert {key: row["status"] for key, row in found.items()} == {key: true[key]["status"] for key in found}
        assert {
            status
            for (unit, _), status in ((k, r["status"]) for k, r in true.items())
            if unit not in {key[0] for key in found}
        } <= {"not_tried"}

    def test_revision_is_found(self, built):
        (true,) = rows(SAMPLE_DIRECTORY / "truth" / "revisions.csv")
        (found,) = pq.read_table(latest(built) / "revisions.parquet").to_pylist()
        assert (found["indicator"], found["applicant"]) == (true["indicator"], true["applicant"])
        assert (found["old_value"], found["new_value"]) == (float(true["old"]), float(true["new"]))

    def test_tasks_are_batches(self, built):
        """120 documents on 15 hosts: a task a host, a handful of batches, one release; never one a page."""
        with sqlite3.connect(built / "prefect" / "prefect.db") as database:
            names = Counter(
                re.sub(r"(?<= )\S+", "…", name, count=1) for (name,) in database.execute("SELECT name FROM task_run")
            )
        hosts = len({row["host"] for row in rows(SAMPLE_PORTALS)})
        assert names["crawl …"] == hosts
        assert 1 <= names["read … documents"] <= 2 * (os.cpu_count() or 1) + 2
        assert runs(built, "task_run") <= hosts + names["read … documents"] + 4

    def test_nothing_new_starts_no_server_and_writes_nothing(self, built):
        def state() -> dict[str, int]:
            """Times of all files but SQLite's, which change when they are read."""
            return {
                str(path): path.stat().st_mtime_ns
                for place in ("archive", "parts", "prefect", "releases")
                for path in (built / place).rglob("*")
                if path.is_file() and not re.search(r"\.(sqlite|db)(-|$)", path.name)
            }

        before, flows_run, start = state(), runs(built, "flow_run"), resource.getrusage(resource.RUSAGE_CHILDREN)
        again = subprocess.run([GONGKAI, "build", "--home", built], capture_output=True, text=True, check=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime < 10
        assert latest(built).name in again.stdout
        assert again.stderr == ""
        assert runs(built, "flow_run") == flows_run
        assert state() == before

    def test_same_archive_gives_the_same_bytes(self, built, tmp_path):
        """In one batch on one worker, in the reverse order, into another home."""
        home = Home(tmp_path / "home")
        shutil.copytree(built / "archive", home.archive)
        with Archive(home.archive) as archive, reading_pool(1) as pool:
            waiting = documents_to_read(home, archive)
            read_batch(home, waiting[::-1], pool)
        made = release_archive(home, SAMPLE_PORTALS)
        assert _same_bytes(made) == _same_bytes(latest(built))
        assert checksums(made).keys() == checksums(latest(built)).keys()

    def test_check_passes_and_names_the_file_with_a_flipped_byte(self, built, tmp_path):
        release = tmp_path / latest(built).name
        shutil.copytree(latest(built), release)
        assert subprocess.run([GONGKAI, "check", release], capture_output=True).returncode == 0
        place = release / "observations" / "observations-2021.parquet"
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 1
        place.write_bytes(content)
        broken = subprocess.run([GONGKAI, "check", release], capture_output=True, text=True)
        assert broken.returncode == 1
        assert "observations/observations-2021.parquet" in broken.stdout

    def test_readme_shows_rows_of_the_panel(self, built):
        lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        shown = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in lines
            if re.match(r"\| (unit_id|CN-)", line)
        ]
        panel = {
            (row["unit_id"], row["year"]): row for row in pq.read_table(latest(built) / "panel.parquet").to_pylist()
        }
        assert len(shown) == 6
        for cells in shown[1:]:
            row = panel[cells[0], int(cells[1])]
            assert cells == [str(int(v) if isinstance(v, float) else v) for v in (row[name] for name in shown[0])]

    def test_the_codebook_has_every_indicator_that_was_observed(self, built):
        folder = latest(built)
        book = (folder / "codebook.csv").read_text(encoding="utf-8-sig").splitlines()
        told = {(row["kind"], row["name"]) for row in csv.DictReader(book)}
        observed = {
            name
            for path in folder.glob("observations/*.parquet")
            for name in pq.read_table(path)["indicator"].to_pylist()
        }
        assert {name for name in observed if ("indicator", name) not in told} == set()
        assert {
            name
            for name in set(pq.read_table(folder / "checks.parquet")["identity"].to_pylist())
            if ("identity", name) not in told
        } == set()

    def test_readme_leads_to_a_drawn_series_and_its_figures(self, built, monkeypatch, capsys):
        """From `make dataset` to one district's series, by the README's own lines."""
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        (page,) = re.findall(r'xdg-open "data/demo/releases/\$\(cat data/demo/releases/latest\)/(\S+)"', text)
        drawn = (latest(built) / page).read_text(encoding="utf-8")
        (chart,) = re.findall(r'<svg class="chart"[^>]*aria-label="Requests received in the year: .*?</svg>', drawn)
        assert chart.count('class="series"') >= 7 and chart.count('class="break"') == 2 and chart.count("<circle") == 11
        (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
        (built / "data").mkdir(exist_ok=True)
        (built / "data" / "demo").symlink_to(built)
        try:
            monkeypatch.chdir(built)
            exec(code, {})
        finally:
            (built / "data" / "demo").unlink()
            (built / "data").rmdir()
        figures = capsys.readouterr().out
        told = re.search(r"aria-label=\"[^:]*: ([^\"]*)\"", chart)
        assert told and all(
            f"{year} " in figures and f"{value}.0" in figures
            for year, value in (one.split() for one in told[1].split(", "))
        )

    def test_notebook_runs(self, built, monkeypatch):
        monkeypatch.setenv("GONGKAI_HOME", str(built))
        notebook = json.loads((ROOT / "notebooks" / "first_look.ipynb").read_text(encoding="utf-8"))
        names: dict[str, object] = {}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
        assert names["received"]["value"].tolist() == [3119.0]

    def test_site_of_the_sample_is_small(self, built):
        pages = [path for path in (latest(built) / "site").rglob("*") if path.is_file()]
        reports = len(set(pq.read_table(latest(built) / "reports.parquet")["report_id"].to_pylist()))
        assert sum(path.parent.name == "reports" and path.suffix == ".html" for path in pages) == reports > 100
        assert sum(path.stat().st_size for path in pages) < 20 * 2**20

    def test_sample_and_real_archives_do_not_mix(self, built):
        command = [GONGKAI, "build", "--home", built, "--portals", ROOT / "data" / "reference" / "portals.csv"]
        refused = subprocess.run([*command, "--contact", "test"], capture_output=True, text=True)
        assert refused.returncode == 2
        assert "sample" in refused.stderr
