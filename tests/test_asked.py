"""A changed label reads again what it can affect: whatever asked nothing of it reads the same, on every kind of layout."""

from __future__ import annotations

import ast
import copy
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from extract.archiving.archive import Archive
from extract.documents.read_document import read_document
from flows.cache import fingerprints
from flows.cache.fingerprints import version_but_labels
from flows.cache.label_questions import Asked, answer_as_before, write_asked
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.reading.manifest import Read, Summary
from flows.todo.standing import KEPT, note_read, outcomes_that_hold
from tests.accuracy_kinds import MODULES
from tests.defects.sample import KINDS
from tests.national import write_archive
from tests.to_read import documents_to_read
from transform.forms import form as forms
from transform.recognition.answers import answers, labels, questions_noted, structure
from transform.recognition.asked import EVERY_LABEL
from transform.reports.flipbook import read_book
from transform.reports.read_report import read_report

ROOT = Path(__file__).resolve().parent.parent
Change = Callable[[dict], None]


def items(form: dict) -> list[dict]:
    """Return every row and column of a form's file."""
    tables = form["tables"]
    blocks = [block for table in tables for block in table.get("blocks", ())]
    return [
        item
        for place in (*tables, *blocks)
        for name in ("rows", "columns")
        for item in place.get(name, ())
        if item.get("label_zh")
    ]


@pytest.fixture
def change(monkeypatch):
    """Change the forms as if their files had been edited; give back what they were at the end."""
    original = {form: forms.read_reference(form) for form in forms.FORM_IDS}

    def apply(form: str, edit: Change) -> None:
        told = copy.deepcopy(original)
        edit(told[form])
        read = forms.read_reference
        monkeypatch.setattr(forms, "read_reference", lambda name: told[name] if name in told else read(name))
        forget()

    yield apply
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Empty every memory that holds something of the forms."""
    for name, module in list(sys.modules.items()):
        if name.startswith("transform") or module is fingerprints:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def read(pages) -> str:
    return repr(read_report(pages[0]) if len(pages) == 1 else read_book(list(pages)))


@pytest.mark.parametrize("step", [20, pytest.param(3, marks=pytest.mark.slow)])
def test_what_asked_nothing_of_a_changed_label_reads_the_same(change, step):
    assert MODULES
    documents = [[read_document(data) for data in kind.draw(1).pages] for kind in KINDS[::step]]
    before, asked = [], []
    for pages in documents:
        with questions_noted() as questions:
            before.append(read(pages))
        asked.append(questions)
    every = set().union(*asked)
    said = answers(every)
    dice = random.Random(5)
    compared = 0
    for form, number in ((form, n) for form in forms.FORM_IDS for n in range(3)):
        change(form, edits(dice)[number])
        now = answers(every)
        for pages, questions, was in zip(documents, asked, before, strict=True):
            if all(now[question] == said[question] for question in questions):
                compared += 1
                assert read(pages) == was
        forget()
    # A good part of the pages is not touched by a change.
    assert compared > 4 * len(documents)


def edits(dice: random.Random) -> list[Change]:
    def other_label(form: dict) -> None:
        dice.choice(items(form)).update(label_zh="某种新设的说法", variants_observed=[])

    def misprint(form: dict) -> None:
        item = dice.choice([item for item in items(form) if len(item["label_zh"]) > 5])
        item.setdefault("variants_observed", []).append(item["label_zh"].replace(item["label_zh"][3], "", 1))

    def taken_from_another(form: dict) -> None:
        one, other = dice.sample(items(form), 2)
        one.setdefault("variants_observed", []).append(other["label_zh"])

    return [other_label, misprint, taken_from_another]


def test_labels_are_looked_at_through_questions_only():
    """Whoever takes an item's labels says so: these places do, and no other may."""
    known = {
        ("forms", "_item"),
        ("asked", "labels"),
        ("asked", "_of_forms"),
        ("asked", "told"),
        ("label_index", "entries_by_core"),
        ("label_index", "_paths"),
        ("label_index", "_merge"),
        ("label_index", "_nearest_row"),
        ("headers", "_complete"),
        ("stitch", "_row_labels"),
        ("flattened_matrix", "place_matrix"),
        ("flattened_matrix", "_anchors"),
        ("flattened_rows", "place_list"),
        ("flattened_rows", "_ends_with"),
    }
    found = set()
    for path in (ROOT / "transform").glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                inside = {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)}
                inside |= {
                    n.id
                    for n in ast.walk(function)
                    if isinstance(n, ast.Name) and n.id in ("entries_by_core", "all_entries")
                }
                if "cores" in inside:
                    found.add((path.stem, function.name))
                if inside & {"entries_by_core", "all_entries"}:
                    assert path.stem in ("label_index", "misread_labels", "stitch", "asked"), path
    assert found <= known


def test_structure_holds_all_but_labels(change):
    was, said = structure(), labels()
    change("sc_2021", lambda form: items(form)[3].setdefault("variants_observed", []).append("另一种印法"))
    assert structure() == was and labels() != said
    change("sc_2021", lambda form: items(form)[3].update(unit="元"))
    assert structure() != was
    change("sc_2021", lambda form: form.update(notes="nothing reads this"))
    assert (structure(), labels()) == (was, said)


def test_only_documents_that_a_label_can_affect_are_read_again(tmp_path, change):
    write_archive(tmp_path, 11)
    home = Home(tmp_path)
    home.parts.mkdir()
    (home.parts / "a.parquet").touch()
    uses = "extract.documents.html.read"
    with Archive(home.archive) as archive, Ledger(home.ledger) as ledger:
        works = documents_to_read(home, archive)
        names = [str(work.records[0].document_id) for work in works]
        note_read(ledger, works, Summary("a.parquet", tuple(Read(name, "read", None, uses) for name in names), ()))
        by = version_but_labels(uses)
        asked = [("match_label", "予以公开"), ("match_label", "另一种印法"), EVERY_LABEL]
        told = {name: Asked(by, (asked[n % 3],)) for n, name in enumerate(names[:9])}
        told[names[9]] = Asked("another reader", (asked[0],))
        write_asked(home.parts, "a.parquet", told)
        assert documents_to_read(home, archive) == []

        change("sc_2021", lambda form: items(form)[3].setdefault("variants_observed", []).append("另一种印法"))
        again = {str(work.records[0].document_id): work.why for work in documents_to_read(home, archive)}
        # Those that asked for it or for every label, the one of another reader, the one of which nothing is known.
        assert set(again) == {*names[1:9:3], *names[2:9:3], names[9], names[10]}
        assert set(again.values()) == {"changed: labels of the forms"}
        held = outcomes_that_hold(home, ledger)
        assert {name: held[name].why for name in names[:9:3]} == dict.fromkeys(names[:9:3], KEPT)
        assert {held[name].part for name in names[:9:3]} == {"a.parquet"}


def test_part_without_what_it_asked_is_affected(tmp_path):
    assert answer_as_before(tmp_path, {("a.parquet", "x"): "reader"}) == set()
    (tmp_path / "a.asked").write_bytes(b"damaged")
    assert answer_as_before(tmp_path, {("a.parquet", "x"): "reader"}) == set()
    write_asked(tmp_path, "a.parquet", {"x": Asked("reader", (("no such question", "1"), ("match_label", "甲")))})
    assert answer_as_before(tmp_path, {("a.parquet", "x"): "reader", ("a.parquet", "y"): "reader"}) == {"x"}
