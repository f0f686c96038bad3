"""Which questions about labels the reading of a document asks, so that a changed label reads only those again it can affect.

A question is a function of the forms' labels with plain arguments; its answer is what the labels say to it. The one thing
to know: every look at a label goes through a question. Where the answers to all that a reading asked are what they were,
it would be the same reading (``tests/test_asked.py`` changes labels and reads again).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

Question = tuple[str, ...]
#: Asked where labels are looked at as a whole: any changed label answers it differently.
EVERY_LABEL: Question = ("every label",)

noted: set[Question] | None = None
_texts: set[str] = set()


@contextmanager
def questions_noted() -> Iterator[set[Question]]:
    """Note the questions that are asked in a ``with`` block, one thing at a time."""
    from transform.label_index import is_number_alone

    global noted
    before, noted = noted, set()
    _texts.clear()
    try:
        yield noted
        noted.update(("match_label", text) for text in _texts if not is_number_alone(text))
    finally:
        noted = before


def ask(*question: str) -> None:
    """Note a question, where questions are noted."""
    if noted is not None:
        noted.add(question)


def ask_label(text: str) -> None:
    """Note that the label of a text was looked for (the question ``match_label``): some hundred times a page, so only the text."""
    if noted is not None:
        _texts.add(text)


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
    from transform.label_index import all_entries

    every = [(e.role, e.id, e.block, e.item.label_zh, e.item.guessed, sorted(e.item.cores)) for e in all_entries()]
    return repr(sorted(every, key=repr)) + repr(_of_forms(labels_too=True))


def structure() -> str:
    """Return everything of the forms but their labels, and labels of digits alone, for which nobody asks."""
    return repr(_of_forms(labels_too=False))


def _of_forms(*, labels_too: bool) -> list[object]:
    from dataclasses import fields, is_dataclass

    from transform.forms import Item, load_forms

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
    from transform import label_index, misread_labels, stitch

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
