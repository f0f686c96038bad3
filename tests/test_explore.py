"""What `gongkai explore` gives and what it refuses: names, files, questions; and what a person sees in a real browser."""

from __future__ import annotations

import csv
import http.client
import re
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyarrow.parquet as pq
import pytest

from extract.errors import UsageError
from flows.inspection import site_server
from flows.inspection.site_server import serve_release
from publish.checking.check import check_files
from publish.site.query import Database
from publish.site.question import LONGEST, SIZE
from tests.browser import CHROMIUM, browser
from tests.small_release import small_release

REPORT = re.compile(r"reports/(CN-340102-2019-[0-9a-f]{8})\.html")


@pytest.fixture(scope="module")
def release() -> Path:
    return small_release()


@pytest.fixture(scope="module")
def address(release):
    with serve_release(release) as address:
        yield address


def get(address: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read().decode("utf-8", errors="replace")
    connection.close()
    return answer.status, content


def test_site_is_checksummed_and_small(release):
    site = [path for path in (release / "site").rglob("*") if path.is_file()]
    assert check_files(release) == []
    assert "site/index.html" in (release / "checksums.txt").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in site) < 20 * 2**20


def test_other_names_for_this_machine_get_nothing(address):
    status, text = get(address, "/site/index.html", Host="rebound.example")
    assert status == 421
    assert "gongkai" not in text
    assert get(address, "/site/index.html")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../ledger.sqlite",
        "/%2e%2e/%2e%2e/ledger.sqlite",
        "/site/../../../archive/index.sqlite",
        "//etc/passwd",
        "/%00",
    ],
)
def test_no_file_outside_the_release_is_given(address, path):
    assert get(address, path)[0] == 404


def test_question_from_another_site_is_refused(address):
    assert get(address, "/query?sql=SELECT%201", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert get(address, "/query?sql=SELECT%201", **{"Sec-Fetch-Site": "same-origin"})[0] == 200


def test_page_made_on_demand_is_the_page_of_the_site(release, address):
    for kind in ("reports", "units", "places"):
        kept = release / "site" / kind
        aside = release.parent / f"aside-{kind}"
        kept.rename(aside)
        try:
            wanted = [path for path in sorted(aside.glob("*")) if "340102" in path.name or kind == "places"][:2]
            assert wanted
            for path in wanted:
                connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
                connection.request("GET", f"/site/{kind}/{path.name}")
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (200, path.read_bytes()), path.name
                connection.close()
            assert get(address, f"/site/{kind}/nothing.html")[0] == 404
        finally:
            aside.rename(kept)


@pytest.fixture(scope="module")
def database(release):
    with Database(release, seconds=120.0, limit=10) as database:
        yield database


class TestQuestions:
    def test_answer_has_the_rows_of_the_parquet(self, database, release):
        figures = pq.read_table(release / "observations" / "observations-2019.parquet").to_pylist()
        total = [r["value"] for r in figures if r["indicator"] == "res_total" and r["applicant"] == "total"]
        answer = database.ask(
            "SELECT value FROM observations WHERE year = 2019 AND indicator = 'res_total' AND applicant = 'total'"
        )
        assert sorted(row[0] for row in answer.rows) == sorted(total)
        assert 124.0 in total

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM read_csv('/etc/hostname')",
            "SELECT * FROM '/etc/hostname'",
            "SELECT * FROM glob('/*')",
            "COPY panel TO 'out.csv'",
            "ATTACH 'other.db'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "CREATE TABLE mine (a INT)",
            "DROP TABLE panel",
            "SELECT 1; SELECT 2",
            "",
            "SELEC",
        ],
    )
    def test_anything_but_reading_the_release_is_refused(self, database, sql):
        with pytest.raises(UsageError):
            database.ask(sql)

    def test_long_answer_is_cut_and_says_so(self, database):
        answer = database.ask("SELECT * FROM range(1000)")
        assert (len(answer.rows), answer.cut) == (10, True)

    def test_endless_question_is_stopped(self, release):
        with Database(release, seconds=3.0, limit=10) as database:
            with pytest.raises(UsageError, match="stopped after 3 seconds"):
                database.ask("SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range")
            assert database.ask("SELECT 1").rows == [(1,)]


#: What takes memory, time or room without end, each in another way.
BOMBS = {
    "text": "SELECT repeat('a', 1000000) FROM range(2000)",
    "one text": "SELECT repeat('a', 300000000)",
    "a list": "SELECT range(100000000)",
    "lists": "SELECT list(range) FROM range(30000000)",
    "a list put together": "SELECT list_reduce([z::VARCHAR FOR z IN range(100000)], (x, y) -> x || y)",
    "pairs": "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 11",
    "similar texts": "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))",
    "sorted rows": "SELECT * FROM range(300000000) ORDER BY hash(range) LIMIT 5",
    "columns": "SELECT " + ", ".join(f"1 AS c{number}" for number in range(1000)),
    "a recursion": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_question_takes_no_more_than_its_limits_whatever_it_is(release, bombed, bomb):
    before = sorted(path.relative_to(release) for path in release.rglob("*"))
    try:
        answer = bombed.ask(BOMBS[bomb])
    except UsageError as refused:
        assert len(str(refused)) <= LONGEST
    else:
        assert sum(len(str(value)) for row in answer.rows for value in row) <= SIZE + LONGEST
    assert bombed.ask("SELECT 1").rows == [(1,)]
    assert sorted(path.relative_to(release) for path in release.rglob("*")) == before


@pytest.fixture(scope="module")
def bombed(release):
    with Database(release, seconds=1.0, limit=100) as database:
        yield database


def test_connection_that_says_nothing_times_out(release, monkeypatch):
    monkeypatch.setattr(site_server._Handler, "timeout", 0.2)
    with (
        serve_release(release) as address,
        socket.create_connection((urlsplit(address).hostname, urlsplit(address).port), timeout=60) as silent,
    ):
        silent.sendall(b"GET /site/index.html HTTP/1.1\r\nHost: ")
        assert silent.recv(100) == b""


def test_long_value_is_cut_and_the_answer_says_so(database):
    answer = database.ask(f"SELECT repeat('甲', {LONGEST + 1}), 'b'")
    assert answer.cut and len(answer.rows[0][0]) == LONGEST and answer.rows[0][1] == "b"


class TestBrowser:
    """In a real headless Chromium; where there is none (.ci/test-packages says so) these are not collected."""

    __test__ = CHROMIUM is not None

    def test_person_finds_a_report_and_sees_what_does_not_add_up(self, address, tmp_path):
        with browser(tmp_path) as page:
            page.open(f"{address}/")
            page.ask("document.querySelector('#find').focus()")
            page.type("瑶海")
            shown = page.ask(
                "[...document.querySelectorAll('#unit-rows tr')].filter(r => !r.hidden).map(r => r.textContent)"
            )
            assert len(shown) == 1
            assert "瑶海区" in shown[0]
            page.click("#unit-rows tr:not([hidden]) a", leaves=True)
            assert page.ask("document.querySelectorAll('svg.chart').length") > 3
            page.ask(
                "[...document.querySelectorAll('table a')].find(a => a.textContent.startsWith('2019')).classList.add('wanted')"
            )
            page.click(".wanted", leaves=True)
            name = REPORT.search(page.ask("location.pathname"))
            assert name is not None

            # The printed total 124 is marked, the sum 127 explained, in the language asked for.
            told = page.ask("document.querySelector('#broken').innerText")
            assert "printed as 124" in told
            assert "127" in told
            marked = page.ask("[...document.querySelectorAll('.form td.c-broken')].map(td => td.innerText.trim())")
            assert any(text.startswith("124") and "!" in text for text in marked)
            page.click("#language")
            assert page.ask("document.documentElement.lang") == "zh"
            assert "印为 124" in page.ask("document.querySelector('#broken').innerText")
            assert "printed as" not in page.ask("document.querySelector('#broken').innerText")

            # A click on the figure leads to its cell in the document's own table.
            page.ask(
                "[...document.querySelectorAll('.form td.c-broken a')].filter(a => a.textContent.startsWith('124'))[0].click()"
            )
            page.ask("new Promise(done => setTimeout(done, 50))")
            assert page.ask("document.querySelector('.place:target').textContent") == "124"
            assert page.ask("document.activeElement === document.querySelector('.place:target')")

            page.click("a[download][href$='.csv']")
            path = page.downloaded(f"{name[1]}.csv")
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file))
            assert [r["value"] for r in rows if (r["indicator"], r["applicant"]) == ("res_total", "total")] == ["124"]

            sql = "SELECT residual FROM checks WHERE status = 'broken' AND applicant = 'total' AND list_contains(report_ids, 'CN-340102/瑶海区人民政府/2019')"
            page.open(f"{address}/query")
            page.ask("document.querySelector('#sql').value = ''; document.querySelector('#sql').focus()")
            page.type(sql)
            page.press("Tab")
            page.press("Enter", leaves=True)
            assert page.ask("document.querySelector('#answer tbody').innerText.trim()") == "-3"
            assert {urlsplit(url).netloc for url in page.requests} == {urlsplit(address).netloc}
            assert page.complaints == []

    def test_site_opens_from_disk_at_phone_width(self, release, tmp_path):
        with browser(tmp_path) as page:
            page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True)
            report = next(path for path in (release / "site" / "reports").glob("CN-3208*-2023-*.html"))
            for path in (
                release / "site" / "index.html",
                release / "site" / "coverage.html",
                release / "site" / "codebook.html",
                report,
            ):
                page.open(path.as_uri())
                assert page.ask("document.documentElement.scrollWidth") <= 360, path.name
            # The picture of a page is there, with the places of the figures on it.
            assert page.ask("document.querySelectorAll('rect.place').length") > 100
            assert (
                page.ask(
                    "(async () => { const i = new Image(); i.src = document.querySelector('image').href.baseVal; await i.decode(); return i.naturalWidth })()"
                )
                > 500
            )
            assert page.ask("getComputedStyle(document.querySelector('.zh')).display") == "none"
            assert {urlsplit(url).scheme for url in page.requests} <= {"file", "data"}
            assert page.complaints == []


def test_query_page_shows_what_was_asked_as_text(address):
    status, text = get(address, "/query?sql=" + quote("SELECT '<script>alert(1)</script>' AS x"))
    assert status == 200
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
