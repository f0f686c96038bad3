"""What made a document's reading is in its keys: nothing that decided it is left out, and a change reads or interprets again what it can affect."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from extract.archiving.archive import Archive
from flows.cache import keys
from flows.cache.document_files import CachedDocument, DocumentWriter, pack
from flows.cache.keys import INTERPRETING, version_of
from flows.home import finished
from flows.home.finished import Finished
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.reading.manifest import Read, Summary
from flows.releasing import release_inputs as releasing
from flows.releasing.release_inputs import parts_to_release
from flows.todo import items, to_read
from flows.todo.outcomes import AGAIN, NEW, NO_PART, OTHER_INPUTS, note_read
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

#: Reads files, each in a process in which none was read before; prints what was told of it and what was really loaded and opened.
WATCH = """
import json, os, sys
from pathlib import Path
import flows.reading.read
import transform.reports.parts
from flows.reading.read import LoadedItem, Reading, Source
from transform.observation import Hints

opened = set()
sys.addaudithook(lambda event, told: opened.add(str(told[0])) if event == "open" else None)
found = {}
for place in sys.argv[1:]:
    reader, writer = os.pipe()
    if not os.fork():
        reading = Reading(LoadedItem((Source(Path(place).read_bytes()),), Hints(), place))
        reading.result()
        files = [getattr(module, "__file__", None) for module in sys.modules.values()]
        told = {"readers": " ".join(sorted(reading.readers)), "loaded": sorted(sys.modules), "files": sorted(filter(None, files)), "opened": sorted(opened)}
        with os.fdopen(writer, "w") as file:
            json.dump(told, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        found[place] = json.load(file)
    os.wait()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> dict:
    """What reading one small file of each format told, loaded and opened."""
    folder = tmp_path_factory.mktemp("formats")
    for ending, data in files().items():
        (folder / f"one.{ending}").write_bytes(data)
    places = [str(folder / f"one.{ending}") for ending in FORMATS]
    run = subprocess.run([sys.executable, "-c", WATCH, *places], cwd=ROOT, capture_output=True, text=True, check=True)
    return {Path(place).suffix[1:]: one for place, one in json.loads(run.stdout).items()}


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


@cache
def brought_by() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def loaded_at_start() -> set[str]:
    """Return what is loaded with every Python of the environment, by files beside the libraries."""
    run = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


def counted(readers: str) -> set[Path]:
    """Return the files of the project that count in the keys of a document read by these readers."""
    places = [line.partition("\t")[0] for line in keys.made_of(readers)]
    found = {path for place in places if (ROOT / place).exists() for path in keys.files_under(place)}
    return found | {path for path in keys.files_under("data/reference") if keys._is_interpreted(path)}


@pytest.mark.parametrize("ending", FORMATS)
class TestFormat:
    def test_every_module_that_was_loaded_counts(self, watched, ending):
        seen = watched[ending]
        ours = {Path(name) for name in seen["files"] if name.startswith(str(ROOT)) and ".venv" not in name}
        assert ROOT / f"{FORMATS[ending].replace('.', '/')}.py" in ours
        # What only hands documents on, or says nothing at all (the docstrings of folders).
        ours = {path for path in ours if path.name != "__init__.py" and path.relative_to(ROOT).parts[0] != "flows"}
        assert {path.stem for path in ours - counted(seen["readers"])} == {"formats", "page_with_pictures"}

    def test_every_data_file_that_was_opened_counts(self, watched, ending):
        seen = watched[ending]
        opened = {Path(name) for name in seen["opened"] if name.startswith(str(ROOT / "data"))}
        assert opened - counted(seen["readers"]) - {keys.SYNTHETIC_FILE, keys.TABLE_WORDS_FILE} == set()
        # Words of the tables count only where they were looked for.
        assert (keys.TABLE_WORDS_FILE in opened) <= (keys.BY_WORDS in seen["readers"].split())

    def test_every_library_that_was_loaded_counts(self, watched, ending):
        seen = watched[ending]
        rooms = {"extract", "transform", "publish", "flows"}
        outside = {name.partition(".")[0] for name in seen["loaded"]} - rooms - sys.stdlib_module_names
        known = {line.partition("\t")[0] for line in keys.made_of(seen["readers"])}
        packages = {
            name: {re.sub(r"[-_.]+", "-", package).lower() for package in brought_by().get(name, ())}
            for name in outside - loaded_at_start()
        }
        # Pandas and msgspec load these where they are there, for what no reader asks of them.
        assert {name for name, found in packages.items() if found and not found & known} <= {
            "cloudpickle",
            "pytz",
            "typing-extensions",
            "typing_extensions",
        }


def test_one_reader_is_no_part_of_another(watched):
    places = {
        ending: {line.partition("\t")[0] for line in keys.made_of(watched[ending]["readers"])} for ending in FORMATS
    }
    folders = {ending: f"extract/documents/{FORMATS[ending].split('.')[2]}" for ending in FORMATS}
    for ending in ("html", "docx", "pdf", "xlsx"):
        assert folders[ending] in places[ending]
        # A page of HTML may stand in a Word file.
        assert not places[ending] & ({*folders.values()} - {folders[ending], "extract/documents/html"}), ending
    # What an archive file holds is read by its own reader.
    assert {*folders.values()} <= places["zip"]
    assert all(
        found <= {line.partition("\t")[0] for line in keys.made_of(" ".join([*keys.READERS, keys.BY_WORDS]))}
        for found in places.values()
    )


def test_library_that_no_reader_imports_decides_nothing():
    names = {line.partition("\t")[0] for line in keys.libraries_of_readings()}
    assert {"lxml", "rapidfuzz", "pypdfium2", "onnxruntime", "rapidocr"} <= names
    assert not names & {"moto", "prefect", "dask", "duckdb", "pytest", "jinja2"}


# -- what is read again


@pytest.fixture
def home(tmp_path) -> Home:
    """A home of eleven pages, six of them noted as read by the reader of HTML, the others by that of PDF; all cached."""
    write_archive(tmp_path, 11)
    home = Home(tmp_path)
    home.parts.mkdir()
    with Archive(home.archive) as archive, Ledger(home.ledger) as ledger:
        waiting = documents_to_read(home, archive)
        assert {item.why for item in waiting} == {NEW}
        for name, some, reader in (("a", waiting[:6], "html"), ("b", waiting[6:], "pdf by_words")):
            names = [str(item.records[0].document_id) for item in some]
            (home.parts / f"{name}.parquet").touch()
            note_read(
                ledger, some, Summary(f"{name}.parquet", tuple(Read(one, "read", None, reader) for one in names), ())
            )
            writer = DocumentWriter(home.documents)
            for one in names:
                writer.add(one, reader, pack(CachedDocument(reader, None, "a picture")))
            writer.close()
        assert documents_to_read(home, archive) == []
    return home


def reasons(home: Home) -> list[str]:
    """Return why each document has to be read again, looked at one by one."""
    finished.note(home.ledger, Finished("read/everything", "", "", ""))
    with Archive(home.archive) as archive:
        return [item.why for item in documents_to_read(home, archive)]


def opened(home: Home) -> int:
    """Return of how many documents the file has to be opened: the others lie in the cache and are only interpreted."""
    with Archive(home.archive) as archive:
        return sum(not item.is_cached for item in documents_to_read(home, archive))


def forget() -> None:
    for function in (
        keys.fingerprint,
        keys._reader_lines,
        keys._interpretation_lines,
        keys._library_lines,
    ):
        function.cache_clear()


@pytest.fixture
def changed(monkeypatch):
    """Change a file of the project: it has another sha256 from then on."""
    known = keys.sha256

    def change(place: str) -> None:
        path = ROOT / place
        assert path.is_file()
        monkeypatch.setattr(keys, "sha256", lambda other: "0" * 64 if other == path else known(other))
        forget()

    yield change
    monkeypatch.undo()
    forget()


def test_fix_of_a_reader_reads_its_format_again_and_no_other(home, changed):
    changed("extract/documents/pdf/page.py")
    assert reasons(home) == ["changed: extract/documents/pdf"] * 5
    assert opened(home) == 5


def test_change_of_what_readers_share_reads_everything_again(home, changed):
    changed("extract/documents/shared/encoding.py")
    assert reasons(home) == ["changed: extract/documents/shared"] * 11
    assert opened(home) == 11


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("transform/recognition/recognise.py", "transform/recognition"),
        ("data/reference/forms/sc_2021.json", "forms/sc_2021.json"),
        ("data/reference/divisions/units.csv", "divisions/units.csv"),
        ("flows/reading/read.py", "flows/reading/read.py"),
    ],
)
def test_change_of_interpretation_or_forms_interprets_everything_anew_and_opens_no_file(home, changed, place, name):
    changed(place)
    assert reasons(home) == [f"changed: {name}"] * 11
    assert opened(home) == 0


def test_changed_words_read_again_where_they_were_looked_for(home, changed):
    changed("data/reference/table_words.json")
    assert reasons(home) == ["changed: words of the official tables"] * 5
    assert opened(home) == 5


def test_change_of_what_nothing_needed_reads_nothing_again(home, changed):
    for place in (
        "extract/documents/ofd/read.py",
        "extract/fetching/fetch.py",
        "publish/releasing/release.py",
        "flows/orchestration/crawl_flow.py",
        "data/reference/portals.csv",
    ):
        changed(place)
        assert reasons(home) == [], place


def test_documents_deleted_from_the_cache_are_read_again_only_when_they_are_needed(home, changed):
    for path in home.documents.iterdir():
        path.unlink()
    assert reasons(home) == []
    changed("transform/recognition/recognise.py")
    assert opened(home) == 11


def test_change_that_is_taken_back_reads_nothing_again(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(keys, "sha256", lambda path: "other")
        forget()
        assert len(reasons(home)) == 11
    forget()
    assert reasons(home) == []


def test_run_with_nothing_new_looks_at_no_document(home, monkeypatch, changed):
    with Archive(home.archive) as archive:
        assert documents_to_read(home, archive) == []
        monkeypatch.setattr(to_read, "each_item", lambda archive: pytest.fail("a document was looked at"))
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
    hints = items.hints_of
    monkeypatch.setattr(
        items,
        "hints_of",
        lambda record: replace(hints(record), link_title="另一标题") if record.link_year == 2020 else hints(record),
    )
    assert reasons(home) == [OTHER_INPUTS]


def test_what_the_machine_may_have_caused_is_tried_again_in_the_next_run(home):
    with Archive(home.archive) as archive, Ledger(home.ledger) as ledger:
        first = next(items.each_item(archive))
        name = str(first.records[0].document_id)
        died = Read(name, "unreadable", "killed by SIGKILL", "", again=True)
        note_read(ledger, [first], Summary("a.parquet", (died,), ()))
        before = releasing.release_inputs(home, archive, ROOT / "data/reference/portals.csv", None)
        # Until then it is released as what it is, and the release made without it is not the one made with it.
        assert name in parts_to_release(home, [name])[home.parts / "a.parquet"]
        assert reasons(home) == [AGAIN]
        note_read(ledger, [first], Summary("a.parquet", (Read(name, "read", None, "html"),), ()))
        assert reasons(home) == []
        assert releasing.release_inputs(home, archive, ROOT / "data/reference/portals.csv", None) != before


def test_version_names_all_that_made_it(home):
    with Ledger(home.ledger) as ledger:
        held = ledger.versions()
    assert {one.readers for one in held} == {"html", "pdf by_words"}
    for one in held:
        names = {line.partition("\t")[0] for line in one.made_of}
        reader = one.readers.split()[0]
        assert {
            f"extract/documents/{reader}",
            *INTERPRETING,
            "forms/sc_2021.json",
            "forms/identities.json",
            "rapidfuzz",
        } <= names
        assert version_of(one.readers) == one.version


def test_ledger_of_an_older_gongkai_is_made_anew(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute(
            "CREATE TABLE documents (document_id TEXT, version TEXT, status TEXT, reason TEXT, part TEXT)"
        )
        connection.execute("INSERT INTO documents VALUES ('a', 'v', 'read', NULL, 'v/a.parquet')")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.outcomes(["v"]) == []
