"""The archive: everything a Record says is in the WARC files, and they survive being cut off at any byte."""

import gzip
import hashlib
import io
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from warcio.archiveiterator import ArchiveIterator

from extract.archiving.archive import Archive, rebuild_index
from extract.archiving.verify import verify_archive
from extract.archiving.warc import members
from extract.errors import ArchiveError
from extract.fetching.exchange import Exchange, judge
from extract.portal import ReportLink
from flows.home.ledger import DocumentOutcome, Ledger
from tests.portal_server import portal

HOST = "www.shili.gov.cn"
PORTAL = portal(HOST, "trs_static", "/nb/")
PAGE = "<html><body><p>示例市政府信息公开工作年度报告</p><table><tr><td>1</td></tr></table></body></html>".encode()


def exchange(path, body=PAGE, status=200, at=0, headers=(), kind="report"):
    answer = Exchange(
        f"https://{HOST}{path}",
        f"2024-01-20T08:00:{at:02d}.000000Z",
        "ok",
        request_headers=(("Host", HOST), ("User-Agent", "gongkai")),
        status=status,
        status_text="OK",
        headers=(("Content-Type", "text/html"), *headers),
        body=body,
        peer="127.0.0.1",
    )
    return judge(answer, kind, None)


def link(path, year=2023):
    return ReportLink(
        PORTAL.portal_id,
        f"https://{HOST}{path}",
        f"示例市{year}年政府信息公开年度报告",
        "2024-01-20",
        year,
        f"https://{HOST}/nb/",
    )


def fill(folder, count=4):
    with Archive(folder, write=True) as archive:
        for number in range(count):
            path = f"/{number}.html"
            archive.add(
                exchange(path, PAGE + str(number).encode(), at=number), kind="report", portal=PORTAL, link=link(path)
            )
        failed = Exchange(f"https://{HOST}/gone.html", "2024-01-20T08:01:00.000000Z", "error", "unreachable: timed out")
        archive.add(failed, kind="report", portal=PORTAL, link=link("/gone.html", 2017), vantage="示例机房")
        return archive.records()


def dump(folder):
    with sqlite3.connect(folder / "index.sqlite") as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in ("records", "payloads", "files")
        }


def test_record_comes_back_from_the_warc_alone(tmp_path):
    before = fill(tmp_path)
    index = dump(tmp_path)
    (tmp_path / "index.sqlite").unlink()
    with Archive(tmp_path) as archive:
        assert archive.records() == before
    assert dump(tmp_path) == index
    assert rebuild_index(tmp_path) == 5
    assert dump(tmp_path) == index
    failed = before[-1]
    assert (failed.outcome, failed.reason, failed.link_year, failed.vantage) == (
        "error",
        "unreachable: timed out",
        2017,
        "示例机房",
    )
    assert (failed.document_id, failed.warc_file, failed.http_status) == (None, None, None)
    assert before[0].parent_url == f"https://{HOST}/nb/" and before[0].synthetic


def test_each_record_is_a_gzip_member_with_right_digests(tmp_path):
    fill(tmp_path)
    path = tmp_path / "gongkai-000001.warc.gz"
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert "digest pass" in checked.stdout
    with path.open("rb") as file:
        iterator = ArchiveIterator(file)
        found = [(record.rec_type, record.rec_headers.protocol, iterator.get_record_offset()) for record in iterator]
    assert [kind for kind, _, _ in found] == ["warcinfo", *["response", "request", "metadata"] * 4, "metadata"]
    assert {protocol for _, protocol, _ in found} == {"WARC/1.1"}
    with path.open("rb") as file:
        told = [
            one.rec_headers.get_header("WARC-Target-URI") for one in ArchiveIterator(file) if one.rec_type == "metadata"
        ]
    assert all(
        url.startswith(f"urn:gongkai:attempt:https://{HOST}/") for url in told
    )  # never replayed in a page's place
    content = path.read_bytes()
    for _, _, offset in found:
        assert content[offset : offset + 2] == b"\x1f\x8b"


def test_tail_cut_at_any_byte_is_healed(tmp_path):
    full = tmp_path / "full"
    before = fill(full)
    content = (full / "gongkai-000001.warc.gz").read_bytes()
    for length in [*range(0, len(content), 97), len(content) - 1]:
        folder = tmp_path / str(length)
        folder.mkdir()
        (folder / "gongkai-000001.warc.gz").write_bytes(content[:length])
        (folder / "index.sqlite").write_bytes((full / "index.sqlite").read_bytes())  # knows more than is left
        with Archive(folder, write=True) as archive:
            left = archive.records()
            assert left == before[: len(left)]
            assert len(left) < len(before)
            record = archive.add(exchange("/new.html", PAGE + b"new", at=59), kind="report", portal=PORTAL)
            assert archive.payload(record.document_id) == PAGE + b"new"
            assert len(archive.records()) == len(left) + 1
            for one in left:
                assert hashlib.sha256(archive.payload(one.document_id)).hexdigest() == one.document_id


def test_last_record_of_a_very_long_address_is_kept_on_opening(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        archive.add(exchange("/a.html?" + "x" * 5000), kind="report", portal=PORTAL)
    with Archive(tmp_path, write=True) as archive:
        assert len(archive.records()) == 1


def test_damage_before_the_end_is_an_error_and_nothing_is_cut(tmp_path):
    fill(tmp_path)
    path = tmp_path / "gongkai-000001.warc.gz"
    content = bytearray(path.read_bytes())
    content[place_in_data(bytes(content))] ^= 0xFF
    path.write_bytes(content)
    (damage,) = verify_archive(tmp_path).damages[:1]
    assert (damage.file, damage.offset is not None) == (path.name, True)
    with pytest.raises(ArchiveError, match=r"gongkai-000001\.warc\.gz, offset \d+: damaged"):
        rebuild_index(tmp_path)
    assert path.read_bytes() == content


def test_encoded_body_is_kept_as_it_came_and_read_decoded(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        answer = exchange("/a.html", gzip.compress(PAGE), headers=(("Content-Encoding", "gzip"),))
        record = archive.add(answer, kind="report", portal=PORTAL)
        assert record.document_id == hashlib.sha256(PAGE).hexdigest()
        assert (record.size, record.media_type) == (len(PAGE), "text/html")
        assert archive.payload(record.document_id) == PAGE
    with (tmp_path / "gongkai-000001.warc.gz").open("rb") as file:
        response = next(
            record for record in ArchiveIterator(file, no_record_parse=False) if record.rec_type == "response"
        )
        assert response.content_stream().read() == PAGE


def test_body_archived_already_becomes_a_revisit(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        first = archive.add(exchange("/a.html"), kind="report", portal=PORTAL)
        again = archive.add(exchange("/a.html", at=9), kind="report", portal=PORTAL)
        unchanged = exchange("/a.html", b"", status=304, at=10)
        third = archive.add(unchanged, kind="report", portal=PORTAL)
        assert {(one.document_id, one.warc_file, one.warc_offset) for one in (first, again, third)} == {
            (first.document_id, first.warc_file, first.warc_offset)
        }
        records = archive.records()
    with (tmp_path / "gongkai-000001.warc.gz").open("rb") as file:
        revisits = [one.rec_headers for one in ArchiveIterator(file) if one.rec_type == "revisit"]
    assert [one.get_header("WARC-Refers-To-Date") for one in revisits] == [
        "2024-01-20T08:00:00.000000Z",
        "2024-01-20T08:00:09.000000Z",
    ]
    assert [one.get_header("WARC-Profile").rsplit("/", 1)[1] for one in revisits] == [
        "identical-payload-digest",
        "server-not-modified",
    ]
    rebuild_index(tmp_path)
    with Archive(tmp_path) as archive:
        assert archive.records() == records


def test_header_bytes_outside_ascii_are_kept(tmp_path):
    name = 'attachment; filename="年报.pdf"'.encode("gbk").decode("latin-1")
    with Archive(tmp_path, write=True) as archive:
        archive.add(exchange("/a.pdf", b"%PDF-1.4 %%EOF", headers=(("Content-Disposition", name),)), kind="attachment")
    raw = b"".join(gzip.decompress((tmp_path / "gongkai-000001.warc.gz").read_bytes()).splitlines(True))
    assert "年报.pdf".encode("gbk") in raw


def test_posted_form_stands_in_its_request_record(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        archive.add(replace(exchange("/p.jsp?start=1"), request_body=b"columnid=7"), kind="list", portal=PORTAL)
    with (tmp_path / "gongkai-000001.warc.gz").open("rb") as file:
        [request] = [
            (one.http_headers, one.raw_stream.read()) for one in ArchiveIterator(file) if one.rec_type == "request"
        ]
    assert (request[0].protocol, request[0].statusline, request[1]) == (
        "POST",
        "/p.jsp?start=1 HTTP/1.1",
        b"columnid=7",
    )
    assert verify_archive(tmp_path).ok


def test_two_writers_are_refused(tmp_path):
    with Archive(tmp_path, write=True), pytest.raises(ArchiveError, match="another process"):
        Archive(tmp_path, write=True)
    with Archive(tmp_path, write=True), Archive(tmp_path) as reader:
        assert reader.records() == []


def test_bytes_that_are_not_the_document_are_an_error(tmp_path):
    fill(tmp_path)
    with Archive(tmp_path, write=True) as archive:
        first, second = archive.records()[:2]
        connection = sqlite3.connect(tmp_path / "index.sqlite")
        with connection:
            connection.execute(
                "UPDATE payloads SET warc_offset = ? WHERE document_id = ?", (second.warc_offset, first.document_id)
            )
        with pytest.raises(ArchiveError, match="not those of document"):
            archive.payload(first.document_id)


def test_ledger_keeps_the_last_outcome_of_a_document_under_a_version(tmp_path):
    read = DocumentOutcome("a" * 64, "v1", "read", part="a.parquet")
    unreadable = DocumentOutcome("a" * 64, "v1", "unreadable", reason="encrypted")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record_outcomes([read])
        ledger.record_outcomes([unreadable])
        assert ledger.outcomes(["v1", "v2"]) == [unreadable]
        assert ledger.outcomes(["v2"]) == []


def test_whole_archive_is_verified(tmp_path):
    fill(tmp_path)
    report = verify_archive(tmp_path)
    assert report.ok, report.damages
    assert (report.files, report.warc_records, report.attempts, report.documents) == (1, 14, 5, 4)


def test_flipped_byte_and_false_digest_are_found(tmp_path):
    fill(tmp_path)
    path = tmp_path / "gongkai-000001.warc.gz"
    content = path.read_bytes()
    damaged = bytearray(content)
    damaged[place_in_data(content)] ^= 0x01
    path.write_bytes(damaged)
    report = verify_archive(tmp_path)
    assert [damage.file for damage in report.damages if damage.file != "index.sqlite"] == [path.name]
    # the same page with one figure changed, compressed well: only its digests can tell
    path.write_bytes(b"".join(gzip.compress(part.replace(b"<td>1</td>", b"<td>9</td>")) for part in parts(content)))
    (tmp_path / "index.sqlite").unlink()
    wrong = {damage.what for damage in verify_archive(tmp_path).damages}
    assert any("payload digest failed" in what for what in wrong)
    assert any("not those of document" in what for what in wrong)


def test_index_that_says_otherwise_is_found(tmp_path):
    fill(tmp_path)
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("UPDATE records SET link_year = 1999 WHERE url LIKE '%/1.html'")
    assert next(damage.what for damage in verify_archive(tmp_path).damages).endswith("the index says otherwise")
    rebuild_index(tmp_path)
    assert verify_archive(tmp_path).ok


def test_damage_that_the_index_has_not_seen_is_listed_not_raised(tmp_path):
    fill(tmp_path)
    path = tmp_path / "gongkai-000001.warc.gz"
    content = bytearray(path.read_bytes())
    content[place_in_data(bytes(content))] ^= 0xFF
    path.write_bytes(content)
    (tmp_path / "index.sqlite").unlink()
    assert {damage.file for damage in verify_archive(tmp_path).damages} == {path.name, "index.sqlite"}


def parts(content):
    """Return the contents of the gzip members."""
    return [content for _, _, content in members(io.BytesIO(content))]


def place_in_data(content):
    """Return a place inside the compressed data of a record in the middle (a flip in a gzip header means nothing)."""
    starts = [offset for offset, _, _ in members(io.BytesIO(content))]
    return starts[len(starts) // 2] + 40


def test_run_writes_a_file_of_its_own_and_never_touches_a_closed_one(tmp_path):
    fill(tmp_path)
    first = tmp_path / "gongkai-000001.warc.gz"
    closed = first.read_bytes()
    with Archive(tmp_path, write=True) as archive:
        record = archive.add(exchange("/new.html", PAGE + b"new", at=59), kind="report", portal=PORTAL)
        assert record.warc_file == "gongkai-000002.warc.gz"
        assert [path.name for path in archive.files()] == [first.name, "gongkai-000002.warc.gz.open"]
        with Archive(tmp_path) as reader:  # sees what is being written
            assert reader.payload(record.document_id) == PAGE + b"new"
    assert sorted(path.name for path in tmp_path.glob("*.warc*")) == [first.name, "gongkai-000002.warc.gz"]
    assert first.read_bytes() == closed
    with Archive(tmp_path, write=True):
        pass  # nothing to write: no file
    assert len(list(tmp_path.glob("*.warc*"))) == 2


def test_file_that_a_killed_run_left_open_is_cut_to_its_last_record_and_closed(tmp_path):
    before = fill(tmp_path)
    path = tmp_path / "gongkai-000001.warc.gz"
    content = path.read_bytes()
    left_open = tmp_path / "gongkai-000001.warc.gz.open"
    for kept in (len(content), len(content) - 1, 0):
        path.unlink(missing_ok=True)
        left_open.write_bytes(content[:kept])
        (tmp_path / "index.sqlite").unlink()
        with Archive(tmp_path, write=True) as archive:
            assert len(archive.records()) == {len(content): len(before), 0: 0}.get(kept, len(before) - 1)
        assert not left_open.exists()
        assert path.exists() is (kept > 0)
