"""One document never stops a release: it is left out, named and counted, and the rest is released."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from extract.errors import ReleaseError
from flows.home.home import Home
from flows.orchestration.run_result import RunResult, report
from flows.reading.read import reading_pool
from flows.releasing import assembling
from flows.releasing.left_out import MOST, at_fault
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from publish.checking.validate import Problem
from tests.to_read import documents_to_read
from tests.whole_line import read_batch


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Leave out what these tests do not look at and what takes most of the time."""
    for step in ("write_exports", "build_site", "write_croissant", "write_datapackage"):
        monkeypatch.setattr(f"publish.releasing.release.{step}", lambda *_: None)


def page(county, site_id=""):
    tag = f'<meta name="SiteIDCode" content="{site_id}">' if site_id else ""
    title = f"{county}2020年政府信息公开工作年度报告"
    text = f"<p>{county}人民政府按照条例公布2020年政府信息公开工作年度报告，全年主动公开信息有序开展。</p>" * 5
    return f"<html><head><title>{title}</title>{tag}</head><body><h1>{title}</h1>{text}</body></html>".encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of real records with five pages, read; the second claims to be of the invented province."""
    place = Home(tmp_path_factory.mktemp("home"))
    pages = [page("甲县"), page("乙县", "9901020001"), page("丙县"), page("丁县"), page("戊县")]
    with Archive(place.archive, write=True) as archive:
        for number, data in enumerate(pages):
            archive.add_file(data, url=f"https://www.jia.gov.cn/{number}.html")
    with Archive(place.archive) as archive, reading_pool(1) as pool:
        read_batch(place, documents_to_read(place, archive), pool)
    return place


def documents_in(release):
    return {row["url"].rsplit("/", 1)[-1] for row in pq.read_table(release / "documents.parquet").to_pylist()}


def test_page_that_claims_to_be_of_the_invented_province_is_left_out_of_a_real_release(home, capsys):
    left_out = []
    release = release_archive(home, SAMPLE_PORTALS, version="2026.6.0", left_out=left_out)
    assert documents_in(release) == {"0.html", "2.html", "3.html", "4.html"}
    assert [(one.url, "invented province" in one.reason) for one in left_out] == [
        ("https://www.jia.gov.cn/1.html", True)
    ]
    result = RunResult(release=release, left_out=list(map(str, left_out)))
    report(result)
    assert result.exit_code == 1
    told = capsys.readouterr().err
    assert "https://www.jia.gov.cn/1.html" in told and "1 documents are left out of the release" in told


def test_release_of_nothing_but_invented_pages_is_none(home, monkeypatch):
    monkeypatch.setattr(assembling, "invented_documents", lambda parts: set().union(*parts.values()))
    with pytest.raises(ReleaseError, match="no document can be released"):
        release_archive(home, SAMPLE_PORTALS, version="2026.6.1")


def test_documents_whose_rows_cannot_be_released_are_found_and_left_out(home, monkeypatch):
    """One trips a fault of ours, one breaks the schema."""
    write = assembling._write

    def broken(job, tables, beside):
        urls = tables["documents"]["url"].to_pylist() if "documents" in tables else []
        if any(url.endswith("/2.html") for url in urls):
            raise ValueError("a value that no column takes")
        if any(url.endswith("/3.html") for url in urls):
            return [Problem("documents", "made up", "a value that no column takes")]
        return write(job, tables, beside)

    monkeypatch.setattr(assembling, "_write", broken)
    (home.releases / "latest").unlink(missing_ok=True)  # what is left out is a loss, which would hold it back
    left_out = []
    release = release_archive(home, SAMPLE_PORTALS, version="2026.6.2", left_out=left_out)
    assert documents_in(release) == {"0.html", "4.html"}
    assert [one.url[-6:] for one in left_out] == ["1.html", "2.html", "3.html"]
    assert all("a value that no column takes" in one.reason for one in left_out[1:])
    assert not list(release.rglob(".trial*"))


def test_fault_of_every_document_is_no_fault_of_documents(home, monkeypatch):
    monkeypatch.setattr(assembling, "_write", lambda *_: [Problem("documents", "made up", "nothing is right")])
    with pytest.raises(ReleaseError, match="nothing is right"):
        release_archive(home, SAMPLE_PORTALS, version="2026.6.3")


@pytest.mark.parametrize("wrong", [(), ("c",), ("a", "g"), ("d", "e", "f")])
def test_documents_at_fault_are_found_in_few_tries(wrong):
    tries = []

    def why_not(documents):
        tries.append(documents)
        return next((f"{one} is wrong" for one in documents if one in wrong), None)

    assert at_fault("abcdefgh", why_not) == {one: f"{one} is wrong" for one in wrong}
    assert len(tries) <= 1 + 5 * len(wrong)


def test_two_documents_that_do_not_go_together_lose_one():
    assert at_fault("abcdef", lambda some: "both" if {"b", "e"} <= set(some) else None) == {"e": "both"}


def test_search_for_documents_at_fault_ends():
    assert at_fault([str(number) for number in range(100)], lambda some: "all wrong" if some else None) is None
    assert at_fault(["a"], lambda some: "always") is None
    assert len(at_fault([str(n) for n in range(MOST)], lambda some: "wrong" if some else None)) == MOST
