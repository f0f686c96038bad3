"""Tables published as pictures at addresses of their own: they become the tables of the report whose page shows them."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from extract.documents.ocr.models import missing
from extract.documents.page_with_pictures import read_page_with_pictures
from extract.documents.read_document import read_document
from flows.home.home import SAMPLE_VANTAGE, Home
from flows.reading import read as reading
from flows.reading.read import LoadedItem
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from flows.releasing.release_inputs import parts_to_release
from flows.todo.batches import batches
from flows.todo.to_read import what_to_read
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal
from tests.scans import CLASSES, SONG, make_scan
from tests.to_read import documents_to_read
from tests.whole_line import read_batch
from transform.recognition.values import parse_value
from transform.reports.parts import load_parts
from transform.reports.shown_pictures import read_shown

READY = missing() is None and SONG.exists()
HOST = "www.dongliqu-99.gov.cn"
PAGE = f"http://{HOST}/nb/2022.html"
TITLE = "示例市东例区人民政府2022年政府信息公开工作年度报告"
TEXT = "<p>本年度报告由示例市东例区人民政府编制，数据的统计期限从2022年1月1日起至2022年12月31日止。</p>" * 8
SECOND = {"2.png": Answer("gone", status=404)}


class OneProcess:
    """A pool of workers that is this process, so that a test may say what is installed."""

    spent = 0.0

    def run(self, tasks: Iterable[tuple[str, LoadedItem]]) -> Iterator[tuple[int, Any]]:
        for index, (name, job) in enumerate(tasks):
            yield index, getattr(reading, name.partition(":")[2])(job)


def png(shade: int) -> bytes:
    """A grey picture of 400 by 300 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes([shade]) * 400) * 300
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2I5B", 400, 300, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def document_id(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def page(names: Iterable[str], text: str = TEXT) -> str:
    shown = "".join(f'<p><img src="./{name}" alt="{name}"></p>' for name in names)
    return (
        f'<html><head><title>{TITLE}</title><meta name="SiteIDCode" content="9901020001"><meta name="ArticleTitle" content="{TITLE}">'
        f'<meta name="PubDate" content="2023-01-20 10:00"></head><body><h1>{TITLE}</h1><div class="TRS_Editor">{text}{shown}</div></body></html>'
    )


def crawled(home: Home, pictures: dict[str, bytes | Answer]) -> Home:
    """Crawl a list with one report, whose page shows pictures at their own addresses."""
    with PortalServer() as server, Archive(home.archive, write=True) as archive:
        server.add(HOST, "/nb/", f'<ul><li><a href="./2022.html">{TITLE}</a><span>2023-01-20</span></li></ul>')
        server.add(HOST, "/nb/2022.html", page(pictures))
        for name, data in pictures.items():
            server.add(
                HOST, f"/nb/{name}", data if isinstance(data, Answer) else Answer(data, content_type="image/png")
            )
        crawl(
            [portal(HOST, "trs_static", "/nb/", code="990102")],
            archive,
            host_map=server.host_map,
            vantage=SAMPLE_VANTAGE,
        )
    return home


def read(home: Home) -> list[str]:
    """Read what there is to read; return the document_ids."""
    with Archive(home.archive) as archive:
        waiting = documents_to_read(home, archive)
        read_batch(home, waiting, OneProcess())
        assert not documents_to_read(home, archive)
        return [str(record.document_id) for work in waiting for record in work.records]


def parts(home: Home) -> dict[str, dict]:
    with Archive(home.archive) as archive:
        names = {str(r.document_id) for r in archive.records(outcome="ok") if r.kind in ("report", "attachment")}
    return {row["document_id"]: row for row in load_parts(parts_to_release(home, names)).to_pylist()}


@pytest.fixture
def without_ocr(monkeypatch):
    monkeypatch.setattr("extract.documents.ocr.models.missing", lambda: "the extra ocr is not installed")


def test_without_character_recognition_the_report_says_that_its_tables_are_pictures(tmp_path, without_ocr):
    home = crawled(Home(tmp_path), {"1.png": png(200), "2.png": png(210)})
    read(home)
    (report,) = pq.read_table(release_archive(home, SAMPLE_PORTALS) / "reports.parquet").to_pylist()
    assert (report["status"], report["year"], report["publisher"]) == (
        "tables_are_pictures",
        2022,
        "示例市东例区人民政府",
    )
    for one in (png(200), png(210)):
        picture = parts(home)[document_id(one)]
        assert picture["status"] == "tables_are_pictures"
        assert "2 picture(s) left unread: the extra ocr is not installed" in picture["reason"]
        assert picture["identity"]["publisher"] == "示例市东例区人民政府"


def test_picture_that_came_late_is_read_with_those_beside_it(tmp_path, without_ocr):
    late = crawled(Home(tmp_path / "late"), {"1.png": png(200)} | SECOND)
    assert len(read(late)) == 2
    crawled(late, {"1.png": png(200), "2.png": png(210)})
    assert set(read(late)) == {document_id(png(200)), document_id(png(210))}
    at_once = crawled(Home(tmp_path / "at_once"), {"1.png": png(200), "2.png": png(210)})
    assert len(read(at_once)) == 3
    assert parts(late) == parts(at_once)
    assert [path.name for path in parts_to_release(late, set(parts(late)))][1:]


def test_picture_replaced_later_changes_nothing_of_how_the_first_was_read(tmp_path, without_ocr):
    home = crawled(Home(tmp_path), {"1.png": png(200), "2.png": png(210)})
    read(home)
    before = parts(home)
    with Archive(home.archive, write=True) as archive:
        (second,) = [r for r in archive.records(kind="attachment") if r.url.endswith("2.png")]
    with PortalServer() as server, Archive(home.archive, write=True) as archive:
        server.add(HOST, "/nb/", f'<ul><li><a href="./2022.html">{TITLE}</a><span>2023-03-01</span></li></ul>')
        server.add(HOST, "/nb/2022.html", page(["1.png", "2.png"], TEXT + "<p>更正</p>"))
        server.add(HOST, "/nb/1.png", Answer(png(200), content_type="image/png"))
        server.add(HOST, "/nb/2.png", Answer(png(90), content_type="image/png"))
        crawl(
            [portal(HOST, "trs_static", "/nb/", code="990102")],
            archive,
            host_map=server.host_map,
            vantage=SAMPLE_VANTAGE,
        )
    assert document_id(png(90)) in read(home)
    assert {name: row for name, row in parts(home).items() if name in before} == before
    assert second.document_id in before


def test_pictures_of_one_page_stay_in_one_batch(tmp_path, without_ocr):
    home = crawled(Home(tmp_path), {f"{n}.png": png(100 + n) for n in range(7)})
    with Archive(home.archive) as archive:
        found = what_to_read(home, archive)
        cut = list(batches(found.items(archive), 4, found.seconds))
    assert found.documents == 8
    assert sorted(sum(len(work.records) for work in batch) for batch in cut) == [1, 7]


def test_page_that_prints_its_tables_has_its_pictures_left_alone(monkeypatch):
    monkeypatch.setattr(
        "extract.documents.ocr.recognise.recognise_pages", lambda *_, **__: pytest.fail("a picture was read")
    )
    table = "<table><tr><td>信息内容</td><td>申请人情况</td><td>尚未审结</td></tr></table>"
    alone = read_document(page(["1.png"], TEXT + table).encode())
    (picture,) = read_shown(alone, read_page_with_pictures(alone, [png(200)]))
    assert (picture.document_id, picture.observations) == (document_id(png(200)), ())
    assert picture.status != "read"


if READY:

    def sheets() -> tuple[dict[str, bytes], dict]:
        """The two sheets of a scan as pictures (Table 3 starts on the first and goes on on the second), and their figures."""
        import cv2
        import pypdfium2

        scan = make_scan(CLASSES[0], "sc_2021", 1)
        pages = (sheet.render(scale=200 / 72).to_numpy()[:, :, :3] for sheet in pypdfium2.PdfDocument(scan.data))
        return {f"{n}.png": cv2.imencode(".png", sheet)[1].tobytes() for n, sheet in enumerate(pages, 1)}, scan.figures

    def test_tables_shown_as_pictures_are_the_tables_of_the_report(tmp_path):
        pictures, figures = sheets()
        home = crawled(Home(tmp_path), {"0.png": png(200)} | pictures)
        read(home)
        made = release_archive(home, SAMPLE_PORTALS)
        (report,) = pq.read_table(made / "reports.parquet").to_pylist()
        why = {name: (row["media_type"], row["status"], row["reason"]) for name, row in parts(home).items()}
        assert (report["status"], report["form"], report["year"]) == ("read", "sc_2021", 2022), why
        assert (report["publisher"], report["jurisdiction_code"]) == ("示例市东例区人民政府", "990102")
        seen = {
            (o["indicator"], o["applicant"]): o
            for o in pq.read_table(made / "observations").to_pylist()
            if o["source"] == "table"
        }
        assert {key: seen[key]["value"] for key in figures} == {
            key: parse_value(text).value for key, text in figures.items()
        }
        assert sum(o["reading"] == "confirmed" for o in seen.values()) > 0.9 * len(figures)
        # Each figure names the picture it stands in, and its place there.
        of = {name: document_id(data) for name, data in pictures.items()}
        assert {o["document_id"] for o in seen.values()} == set(of.values())
        assert seen["req_new", "company"]["document_id"] == of["1.png"]
        assert (
            seen["req_carried_out", "company"]["document_id"]
            == seen["review_total", None]["document_id"]
            == of["2.png"]
        )
        assert all(o["locator"].startswith("p1 ") for o in seen.values())
        documents = {r["document_id"] for r in pq.read_table(made / "report_documents.parquet").to_pylist()}
        assert documents == {*of.values(), document_id(png(200)), document_id(page(["0.png", *pictures]).encode())}
        no_table = parts(home)[document_id(png(200))]
        assert (no_table["status"], no_table["reason"]) == (
            "unreadable",
            "no official table was read from this picture of the page",
        )
        checks = pq.read_table(made / "checks.parquet").to_pylist()
        assert {c["status"] for c in checks if c["severity"] == "exact"} <= {"holds", "not_evaluable"}
        # A check over both pictures says in which each of its figures stands (that it does is checked for every release).
        assert {tuple(sorted(c["document_ids"])) for c in checks if c["term_documents"]} == {tuple(sorted(of.values()))}
        assert {c["identity"] for c in checks if c["term_documents"]} >= {"t3_balance_2021", "t3_outcome_sum_2021"}
