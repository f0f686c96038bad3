"""What strangers write (headers, scripts, attributes, JSON, robots.txt) costs one exchange and nothing else."""

import ast
import io
import threading
import time
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from extract.archiving.archive import Archive
from extract.archiving.import_files import _page_title, _without_chunks, import_files
from extract.fetching.exchange import LONGEST_REASON, describe
from extract.fetching.fetch import Fetcher
from extract.fetching.robots import read_rules
from extract.numbers import MOST, whole_number
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page

HOST = "www.shili.gov.cn"
ROOT = Path(__file__).parents[1]
DIGITS = "9" * 5000


@pytest.fixture
def server():
    with PortalServer() as running:
        yield running


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 012 ", 12),
        ("１２", 12),
        ("0" * 5000 + "12", 12),
        (DIGITS, MOST),
        (int("9" * 4000), MOST),
        (12.0, 12),
        ("²", None),
        ("①", None),
        ("-1", None),
        ("1e3", None),
        ("", None),
        (None, None),
        (True, None),
        (float("inf"), None),
        (float("nan"), None),
        (["1"], None),
    ],
)
def test_number_in_a_strangers_text_is_bounded_or_none(text, number):
    assert whole_number(text) == number
    assert whole_number(text, 10) == (None if number is None else min(number, 10))


def test_modules_that_read_portals_take_their_numbers_from_one_place():
    rooms = ("extract/fetching", "extract/portals", "extract/crawling", "extract/archiving")
    allowed = {
        "extract/crawling/sample_portal.py",  # the sample's own server
        "extract/fetching/addresses.py",  # of an IPv6Address, by the standard library
        "extract/archiving/store.py",  # sizes, by the file system
        "extract/archiving/warc_writer.py",  # numbers of our own files
        "extract/fetching/robots.py",  # of a delay that protego has read
    }
    found = []
    for path in sorted(path for room in rooms for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "float"):
                # A base that is a power of two knows no limit of digits; the length of a chunk's size is bounded.
                if len(node.args) == 2:
                    continue
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_odd_status_in_an_imported_warc_costs_its_record_and_chunks_are_joined_in_linear_time(tmp_path):
    title = "示例市2020年政府信息公开工作年度报告"
    body = report_page(title).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (1, body[at : at + 1]) for at in range(len(body))) + b"0\r\n\r\n"
    path = tmp_path / "a.warc"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for number, status in enumerate(("odd status", "200 OK")):
            headers = StatusAndHeaders(status, [("Transfer-Encoding", "chunked")], protocol="HTTP/1.1")
            url = f"https://{HOST}/{number}.html"
            writer.write_record(writer.create_warc_record(url, "response", io.BytesIO(chunks), http_headers=headers))
    with Archive(tmp_path / "archive", write=True) as archive:
        import_files([path], archive)
        records = archive.records(kind="import")
        assert [(record.url, archive.payload(record.document_id)) for record in records] == [
            (f"https://{HOST}/1.html", body)
        ]
    start = time.process_time()
    assert _page_title(b"<html>" + b"<title>" * 20_000) is None
    assert len(_without_chunks(b"1\r\na\r\n" * 400_000 + b"0\r\n\r\n")) == 400_000
    assert time.process_time() - start < 3


def endless(start, piece):
    """Answer with a start and then a piece again and again, never so slowly that a read times out."""

    def answer(handler):
        handler.wfile.write(start)
        while True:
            handler.wfile.write(piece)
            time.sleep(0.02)

    return answer


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "a header": (OK + b"X-Long: ", b"a"),
    "headers": (OK, b""),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (OK + b"Content-Length: 100000\r\n\r\n", b"a"),
    "a chunk's length": (CHUNKED, b"0"),
    "a chunk's extension": (CHUNKED + b"5;", b"a"),
    "chunks": (CHUNKED, b"1\r\na\r\n"),
    "a trailer": (CHUNKED + b"0\r\nX-Long: ", b"a"),
    "trailers": (CHUNKED + b"0\r\n", b"X: 1\r\n"),
}


@pytest.mark.parametrize("part", ENDLESS)
def test_every_part_of_an_answer_has_to_come_in_the_time_of_the_whole(server, part):
    start, piece = ENDLESS[part]
    server.add(HOST, "/a.html", "")
    server.answer = endless(start, piece or b"X")
    fetcher = Fetcher(rate=0, host_map=server.host_map, whole_timeout=0.3, backoff=0.01)
    [last] = [one for one in fetcher.fetch(f"https://{HOST}/a.html", kind="report") if one.kind is None]
    assert last.outcome in ("error", "truncated")
    assert last.reason == "not whole after 0 s"
    assert last.silent


ODD_HEADERS = {
    "length in no digits": "Content-Length: ²",
    "length of 5,000 digits": f"Content-Length: {DIGITS}",
    "lengths that differ": "Content-Length: 5, 7",
    "negative length": "Content-Length: -5",
    "retry after no digits": "Retry-After: ²",
    "retry after 5,000 digits": f"Retry-After: {DIGITS}",
    "retry after no date": "Retry-After: Mon, 99 Xyz 99999 99:99:99 +9999",
    "retry before all time": "Retry-After: Mon, 01 Jan 0001 00:00:00 +2300",
    "chunk of no digits": "Transfer-Encoding: chunked",
    "encoding of no name": "Content-Encoding: ,²,",
    "location in brackets": "Location: http://[::1",
    "location of 60,000": "Location: /" + "a" * 60_000,
    "cookie of nothing": "Set-Cookie: =;Max-Age=²;Expires=²;Version=²;Port=²",
    "header without a name": ": a",
    "line of 70,000": "X: " + "a" * 70_000,
    "two hundred headers": "\r\n".join(f"X-{number}: a" for number in range(200)),
}


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "304 Not Modified", "503 Busy", "999 ²"])
def test_odd_header_costs_one_address_and_the_portal_goes_on(server, tmp_path, status):
    title = "示例市2020年政府信息公开工作年度报告"
    names = [*(f"{number}.html" for number in range(len(ODD_HEADERS))), "last.html"]
    server.add(HOST, "/nb/", "".join(f'<li><a href="{name}">{title}</a></li>' for name in names))
    for name, header in zip(names, ODD_HEADERS.values(), strict=False):
        head = f"HTTP/1.1 {status}\r\n{header}\r\nConnection: close\r\n\r\n"
        server.add(HOST, f"/nb/{name}", Answer(raw=head.encode("utf-8") + report_page(title).encode()))
    server.add(HOST, "/nb/last.html", report_page(title))
    fetcher = Fetcher(rate=0, host_map=server.host_map, backoff=0.0, attempts=1)
    with Archive(tmp_path, write=True) as archive:
        summary = crawl([portal(HOST, "trs_static", "/nb/")], archive, fetcher=fetcher)
        records = archive.records(kind="report")
    asked = {record.url.rsplit("/", 1)[-1] for record in records}
    assert asked >= set(names)
    assert [record.outcome for record in records if record.url.endswith("last.html")] == ["ok"]
    assert not any("broke off" in failure.reason for failure in summary.failures), summary.failures
    assert all(len(record.reason or "") <= LONGEST_REASON for record in records)


@pytest.mark.parametrize("number", ["²", DIGITS])
@pytest.mark.parametrize(
    ("family", "script"),
    [
        ("trs_static", 'createPageHTML({}, 0, "index", "html")'),
        ("trs_static", "var countPage = {}"),
        ("hanweb_jpage", "jpage({{totalRecord:{},perPage:{},ajaxParam:{{columnid:1,unitid:2}}}})"),
        ("vsb", "_simple_list_gotopage_fun({})"),
        ("longxun", "pageCount: {}, pageSize: {}"),
        ("xxgk_annual_report", "totalPages = {}"),
        ("hanweb_xxgk", "fbtime={}"),
        ("gkmlpt", "SID: '1', TREE: [{{id: {}, name: \"政府信息公开年报\"}}]"),
    ],
)
def test_odd_number_in_a_lists_script_costs_no_report(server, tmp_path, family, script, number):
    title = "示例市2020年政府信息公开工作年度报告"
    picture = f'<img src="t.png" width="{number}" height="{number}">'
    told = script.format(number, number)
    server.add(HOST, "/nb/", f'<html><a href="1.html">{title}</a><script>{told}</script></html>')
    server.add(HOST, "/nb/1.html", report_page(title, extra=picture))
    with Archive(tmp_path, write=True) as archive:
        summary = crawl([portal(HOST, family, "/nb/")], archive, host_map=server.host_map, budget=60)
        records = archive.records(outcome="ok")
    assert not any("broke off" in failure.reason for failure in summary.failures), summary.failures
    if family != "gkmlpt":
        assert [record.url for record in records if record.kind == "report"] == [f"https://{HOST}/nb/1.html"]


ODD_JSON = [
    "[" * 100_000,
    "null",
    "[]",
    '{"data": [], "articles": 1, "total": 1}',
    '{"data": {"results": ["a", 1, null, {"url": ["a"]}], "total": "²"}, "articles": ["a", {"id": []}], "total": {}}',
    f'{{"data": {{"results": [], "total": {DIGITS}}}, "articles": [], "total": {DIGITS}}}',
    '{"data": {"results": [{"title": 5, "url": 5}], "total": 1e400}, "articles": [{"title": 5, "url": 5, "date": "'
    + DIGITS
    + '"}], "total": 1e400}',
    '{"articles": [{"id": 1, "title": "2020年政府信息公开年度报告", "url": "1.html", "date": 99999999999999}], "total": 1}',
]


@pytest.mark.parametrize("answer", ODD_JSON, ids=range(len(ODD_JSON)))
@pytest.mark.parametrize("family", ["gkmlpt", "ucap"])
def test_odd_json_of_a_portal_ends_its_list_and_not_its_crawl(server, tmp_path, family, answer):
    server.add(HOST, "/gkmlpt/index", f"<html><script>SID: '1'; /common/search/{'a' * 32}</script></html>")
    server.add(HOST, "*", answer)
    row = portal(HOST, family, "/gkmlpt/index", category_id="1")
    with Archive(tmp_path, write=True) as archive:
        summary = crawl([row], archive, host_map=server.host_map, budget=20)
    assert not any("broke off" in failure.reason for failure in summary.failures), summary.failures


def test_line_of_an_error_is_short_whatever_the_server_wrote():
    start = time.process_time()
    assert len(describe(ValueError("Pool" * 500_000))) <= 300
    assert time.process_time() - start < 1


def test_robots_file_of_many_programs_and_rules_is_read_in_linear_time():
    names = "".join(f"User-agent: robot{number}\n" for number in range(10_000))
    rules = "".join(f"Disallow: /a{number}/\n" for number in range(10_000))
    start = time.process_time()
    read = read_rules(200, (names + rules + "User-agent: *\nCrawl-delay: ²\nDisallow: /b/\n").encode())
    assert time.process_time() - start < 2
    assert read.allows(f"https://{HOST}/a1/") and not read.allows(f"https://{HOST}/b/1.html")


def test_rules_for_gongkai_among_those_for_others_are_kept():
    text = (
        "User-agent: other\nUser-agent: Gongkai\nUser-agent: third\nDisallow: /a/\n\nUser-agent: other\nDisallow: /\n"
    )
    read = read_rules(200, text.encode())
    assert not read.allows(f"https://{HOST}/a/1.html") and read.allows(f"https://{HOST}/b/1.html")


def test_deadline_of_one_thread_is_not_that_of_another():
    from extract.fetching.deadline import over_within, seconds_left

    seen = []
    with over_within(100):
        thread = threading.Thread(target=lambda: seen.append(seconds_left()))
        thread.start()
        thread.join()
        assert seconds_left() is not None
    assert seen == [None] and seconds_left() is None
