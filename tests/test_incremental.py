"""What made a document's reading is known from the code itself: nothing that decided it is left out, little else is in."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from extract.archiving.archive import Archive
from flows.cache import fingerprints
from flows.cache.fingerprints import EVERYTHING, data_files, library_lines, modules_of, uses_of, version_of
from flows.home import finished
from flows.home.finished import Finished
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.reading.manifest import Read, Summary
from flows.todo import jobs, standing
from flows.todo import waiting as work
from flows.todo.standing import NEW, NO_PART, OTHER_INPUTS, note_read
from flows.todo.waiting import parts_to_release
from tests.national import write_archive
from tests.to_read import documents_to_read

ROOT = Path(__file__).resolve().parent.parent
PAGE = "<html><body><p>甲县2023年政府信息公开工作年度报告</p><table><tr><td>甲</td><td>1</td></tr></table></body></html>".encode()
FORMATS = {
    "html": "extract.documents.html.read",
    "docx": "extract.documents.docx.read",
    "pdf": "extract.documents.pdf.read",
    "zip": "extract.documents.containers.read",
    "xlsx": "extract.documents.sheets.read",
    "txt": "extract.documents.text.read",
    "csv": "extract.documents.sheets.delimited",
}

#: Reads files, each in a process in which none was read before and then again in one that has read them all; prints what
#: was noted and what was really loaded and opened.
WATCH = """
import json, os, sys
from pathlib import Path
import flows.reading.read
import transform.reports.parts
from flows.reading.read import Job, read_noted
from transform.observation import Hints

opened = set()
sys.addaudithook(lambda event, told: opened.add(str(told[0])) if event == "open" else None)
found = {}
for place in sys.argv[1:]:
    reader, writer = os.pipe()
    if not os.fork():
        result, imported, _ = read_noted(Job(Path(place).read_bytes(), Hints(), place))
        told = {"imported": imported, "loaded": sorted(sys.modules), "opened": sorted(opened)}
        with os.fdopen(writer, "w") as file:
            json.dump(told, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        found[place] = json.load(file)
    os.wait()
warm = {}
for _ in range(2):
    for place in sys.argv[1:]:
        warm[place] = read_noted(Job(Path(place).read_bytes(), Hints(), place))[1]
print(json.dumps({"fresh": found, "warm": warm}))
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> dict:
    """What reading one small file of each format imported, loaded and opened."""
    folder = tmp_path_factory.mktemp("formats")
    for ending, data in files().items():
        (folder / f"one.{ending}").write_bytes(data)
    places = [str(folder / f"one.{ending}") for ending in FORMATS]
    run = subprocess.run([sys.executable, "-c", WATCH, *places], cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(run.stdout)
    return {kind: {Path(place).suffix[1:]: one for place, one in of.items()} for kind, of in told.items()}


def files() -> dict[str, bytes]:
    sys.path.insert(0, str(ROOT / "data" / "sample"))
    import openpyxl
    from typesetting.docx_file import docx_file
    from typesetting.forms import Layout, cells_of
    from typesetting.pdf_file import pdf_file
    from typesetting.report import Report, report_blocks

    figures = {(i, a): str(n) for n, (i, a) in enumerate(cells_of("sc_2021", Layout()), 1)}
    prose = {1: ("全年收到政府信息公开申请3件。",), 5: ("无。",), 6: ("无。",)}
    blocks = report_blocks(
        Report("甲县2023年政府信息公开工作年度报告", "sc_2021", figures, ("本报告由甲县编制。",), prose, Layout())
    )
    sheet, packed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["甲", 1])
    book.save(sheet)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.html", PAGE)
    return {
        "html": PAGE,
        "docx": docx_file(blocks),
        "pdf": pdf_file(blocks, "甲县年度报告"),
        "zip": packed.getvalue(),
        "xlsx": sheet.getvalue(),
        "txt": "甲县2023年政府信息公开工作年度报告".encode(),
        "csv": "项目,数量\n甲,1\n乙,2\n丙,3\n".encode(),
    }


@pytest.mark.parametrize("ending", FORMATS)
class TestFormat:
    def test_every_module_that_was_loaded_counts(self, watched, ending):
        seen = watched["fresh"][ending]
        ours = {name for name in seen["loaded"] if name.partition(".")[0] in fingerprints.ROOMS}
        assert FORMATS[ending] in ours
        assert ours - modules_of(uses_of(seen["imported"])) == set()

    def test_every_data_file_that_was_opened_counts(self, watched, ending):
        seen = watched["fresh"][ending]
        opened = {Path(name) for name in seen["opened"] if name.startswith(str(ROOT / "data"))}
        assert opened - set(data_files(modules_of(uses_of(seen["imported"])))) == set()

    def test_every_library_that_was_loaded_counts(self, watched, ending):
        seen = watched["fresh"][ending]
        outside = (
            {name.partition(".")[0] for name in seen["loaded"]} - set(fingerprints.ROOMS) - sys.stdlib_module_names
        )
        known = {line.partition("\t")[0] for line in library_lines(modules_of(uses_of(seen["imported"])))}
        # Loaded with every Python of the environment, by files beside the libraries.
        started = set(
            subprocess.run(
                [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True
            ).stdout.split()
        )
        packages = {
            name: {p.name for p in fingerprints._packages(name)}
            for name in outside - {s.partition(".")[0] for s in started}
        }
        # Pandas loads these two where they are there, for what no reader asks of it.
        assert {name for name, found in packages.items() if found and not found & known} <= {"cloudpickle", "pytz"}

    def test_it_counts_the_same_whatever_was_read_before(self, watched, ending):
        assert uses_of(watched["warm"][ending]) == uses_of(watched["fresh"][ending]["imported"])


def test_one_reader_is_no_part_of_another(watched):
    uses = {ending: modules_of(uses_of(watched["fresh"][ending]["imported"])) for ending in FORMATS}
    for ending in ("html", "docx", "pdf", "xlsx"):
        others = {FORMATS[other] for other in FORMATS if other != ending}
        assert not uses[ending] & others, ending
    # What an archive file holds is read by its own reader.
    assert {"extract.documents.containers.read", "extract.documents.html.read"} <= uses["zip"]
    assert all(found < modules_of(EVERYTHING) for found in uses.values())


def test_library_that_no_reader_imports_decides_nothing():
    names = {line.partition("\t")[0] for line in library_lines(modules_of(EVERYTHING))}
    assert {"lxml", "rapidfuzz", "pypdfium2", "onnxruntime", "rapidocr"} <= names
    assert not names & {"moto", "prefect", "dask", "duckdb", "pytest", "jinja2"}


# -- what is read again


@pytest.fixture
def home(tmp_path) -> Home:
    """A home of eleven pages, six of them noted as read by the reader of HTML, the others by that of PDF."""
    write_archive(tmp_path, 11)
    home = Home(tmp_path)
    home.parts.mkdir()
    with Archive(home.archive) as archive, Ledger(home.ledger) as ledger:
        waiting = documents_to_read(home, archive)
        assert {work.why for work in waiting} == {NEW}
        for name, some, module in (("a", waiting[:6], "html"), ("b", waiting[6:], "pdf")):
            read = tuple(
                Read(str(work.records[0].document_id), "read", None, f"extract.documents.{module}.read")
                for work in some
            )
            (home.parts / f"{name}.parquet").touch()
            note_read(ledger, some, Summary(f"{name}.parquet", read, ()))
        assert documents_to_read(home, archive) == []
    return home


def reasons(home: Home) -> list[str]:
    """Return why each document has to be read again, looked at one by one."""
    finished.note(home.ledger, Finished("read/everything", "", "", ""))
    with Archive(home.archive) as archive:
        return [work.why for work in documents_to_read(home, archive)]


@pytest.fixture
def changed(monkeypatch):
    """Change a module: its file has another sha256 from then on."""

    def change(module: str) -> None:
        source = fingerprints._source(module)
        known = fingerprints._source
        monkeypatch.setattr(
            fingerprints, "_source", lambda name: replace(source, sha256="0" * 64) if name == module else known(name)
        )
        fingerprints.version_of.cache_clear()
        fingerprints.made_of.cache_clear()

    yield change
    monkeypatch.undo()
    fingerprints.version_of.cache_clear()
    fingerprints.made_of.cache_clear()


def test_fix_of_a_reader_reads_its_format_again_and_no_other(home, changed):
    changed("extract.documents.pdf.page")
    assert reasons(home) == ["changed: extract.documents.pdf.page"] * 5


def test_change_of_the_recognition_reads_everything_again(home, changed):
    changed("transform.recognition.recognise")
    assert reasons(home) == ["changed: transform.recognition.recognise"] * 11


def test_change_of_a_reader_that_nothing_needed_reads_nothing_again(home, changed):
    for module in (
        "extract.documents.ofd.read",
        "extract.documents.ocr.recognise",
        "extract.fetching.fetch",
        "publish.releasing.release",
        "flows.orchestration.crawl_flow",
    ):
        changed(module)
    assert reasons(home) == []


def test_change_that_is_taken_back_reads_nothing_again(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(standing, "version_of", lambda uses: "other")
        patch.setattr(work, "version_of", lambda uses: "other")
        assert len(reasons(home)) == 11
    assert reasons(home) == []


def test_run_with_nothing_new_looks_at_no_document(home, monkeypatch, changed):
    with Archive(home.archive) as archive:
        assert documents_to_read(home, archive) == []
        monkeypatch.setattr(work, "each_work", lambda archive: pytest.fail("a document was looked at"))
        assert documents_to_read(home, archive) == []
    (home.parts / "b.parquet").unlink()
    with Archive(home.archive) as archive, pytest.raises(pytest.fail.Exception):
        documents_to_read(home, archive)


def test_part_that_is_gone_is_made_again(home):
    (home.parts / "a.parquet").unlink()
    assert reasons(home) == [NO_PART] * 6
    with Archive(home.archive) as archive:
        documents = {str(record.document_id) for record in archive.records(outcome="ok")}
    assert {path.name: len(held) for path, held in parts_to_release(home, documents).items()} == {"b.parquet": 5}


def test_document_of_which_more_is_told_is_read_again(home, monkeypatch):
    hints = jobs.hints_of
    monkeypatch.setattr(
        jobs,
        "hints_of",
        lambda record: replace(hints(record), link_title="另一标题") if record.link_year == 2020 else hints(record),
    )
    assert reasons(home) == [OTHER_INPUTS]


def test_document_whose_worker_died_is_read_again_after_any_change(home, changed):
    with Archive(home.archive) as archive, Ledger(home.ledger) as ledger:
        first = next(jobs.each_work(archive))
        note_read(
            ledger,
            [first],
            Summary("a.parquet", (Read(str(first.records[0].document_id), "unreadable", "died", EVERYTHING),), ()),
        )
    assert reasons(home) == []
    changed("extract.documents.ofd.read")
    assert reasons(home) == ["changed: extract.documents.ofd.read"]


def test_version_names_all_that_made_it(home):
    with Ledger(home.ledger) as ledger:
        held = ledger.versions()
    assert {one.uses for one in held} == {"extract.documents.html.read", "extract.documents.pdf.read"}
    for one in held:
        names = {line.partition("\t")[0] for line in one.made_of}
        assert {
            one.uses,
            "transform.recognition.recognise",
            "forms",
            "labels of the forms",
            "forms/identities.json",
            "rapidfuzz",
        } <= names
        assert version_of(one.uses) == one.version


def test_ledger_of_an_older_gongkai_is_made_anew(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute(
            "CREATE TABLE documents (document_id TEXT, version TEXT, status TEXT, reason TEXT, part TEXT)"
        )
        connection.execute("INSERT INTO documents VALUES ('a', 'v', 'read', NULL, 'v/a.parquet')")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.outcomes(["v"]) == []
