"""What the present forms answer to the questions that readings asked of their labels (transform/recognition/asked.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from transform.forms.form import Item, load_forms
from transform.recognition import asked, label_index, misread_labels, stitch
from transform.recognition.asked import EVERY_LABEL, Question
from transform.recognition.label_index import all_entries, is_number_alone


@contextmanager
def questions_noted() -> Iterator[set[Question]]:
    """Note the questions that are asked in a ``with`` block, one thing at a time."""
    before, asked.noted = asked.noted, set()
    noted = asked.noted
    asked.label_texts.clear()
    try:
        yield noted
        noted.update(("match_label", text) for text in asked.label_texts if not is_number_alone(text))
    finally:
        asked.noted = before


def answers(questions: Iterable[Question]) -> dict[Question, str]:
    """Return a digest of the present forms' answer to each question; one that nobody knows any more has no answer."""
    functions = _functions()
    found = {}
    for question in questions:
        function = functions.get(question[0])
        said = repr(function(*question[1:])) if function else ""
        found[question] = hashlib.blake2b(said.encode(), digest_size=8).hexdigest() if function else ""
    return found


def labels() -> str:
    """Return everything that is a label of the forms: what names an item, and how it is called in messages."""
    every = [(e.role, e.id, e.block, e.item.label_zh, e.item.guessed, sorted(e.item.cores)) for e in all_entries()]
    return repr(sorted(every, key=repr)) + repr(_of_forms(labels_too=True))


def structure() -> str:
    """Return everything of the forms but their labels, and labels of digits alone, for which nobody asks."""
    return repr(_of_forms(labels_too=False))


def _of_forms(*, labels_too: bool) -> list[object]:
    from dataclasses import fields, is_dataclass

    own = ("label_zh", "verification", "cores")

    def told(value: object) -> object:
        if isinstance(value, Item) and not labels_too:
            digits = sorted(core for core in value.cores if core.isdigit())
            return [digits, *(getattr(value, f.name) for f in fields(value) if f.name not in (*own, "label_en"))]
        if is_dataclass(value) and not isinstance(value, type):
            return [told(getattr(value, f.name)) for f in fields(value) if f.name != "label_en"]
        if isinstance(value, frozenset):
            return sorted(value)
        return [told(one) for one in value] if isinstance(value, tuple) else value

    return [told(form) for form in load_forms().values()]


def _functions() -> dict[str, Callable[..., object]]:
    def entries(found: Iterable[label_index.Entry | None]) -> list[object]:
        return [e and (e.role, e.id, e.forms, e.block, e.item.label_zh, e.item.guessed) for e in found]

    def named(text: str) -> object:
        label, found = label_index.match_label(text)
        return label, entries(found)

    return {
        "match_label": named,
        "nearest_row": lambda text, role: entries([label_index.nearest_row(text, role)]),
        "nearest_core": misread_labels.nearest_core,
        "starts_row_label": stitch.starts_row_label,
        EVERY_LABEL[0]: labels,
    }
