"""What the documents of a part asked of the forms' labels, beside the part: read only when labels have changed.

``parts/NAME.asked`` belongs to ``parts/NAME.parquet``: each question once with the answer it got, and for each document
which of them its reading asked and by what it was read. The one thing to know: when in doubt (no such file, another
reader, a question that is no longer put), a document counts as affected.
"""

from __future__ import annotations

import json
import os
import uuid
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.home.home import asked_name
from transform.recognition.answers import answers
from transform.recognition.asked import Question


@dataclass(frozen=True)
class Asked:
    """What one document asked, and the fingerprint of all that decided its reading beside the labels."""

    read_by: str
    questions: tuple[Question, ...]


def write_asked(parts: Path, part: str, asked: Mapping[str, Asked]) -> None:
    """Write what the documents of a part asked, with the answers of the present forms."""
    every = sorted({question for one in asked.values() for question in one.questions})
    places = {question: place for place, question in enumerate(every)}
    said = answers(every)
    told = {
        "questions": [[*question, said[question]] for question in every],
        "documents": {name: [one.read_by, *(places[q] for q in one.questions)] for name, one in sorted(asked.items())},
    }
    aside = parts / f".{uuid.uuid4().hex}"
    aside.write_bytes(zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 6))
    os.replace(aside, parts / asked_name(part))


def answer_as_before(parts: Path, documents: Mapping[tuple[str, str], str]) -> set[str]:
    """Return those documents, given as (part, document_id) with what would read them now, whose questions the present forms
    answer as those did by which they were read."""
    by_part: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (part, document_id), read_by in documents.items():
        by_part[part].append((document_id, read_by))
    same: set[str] = set()
    known: dict[Question, str] = {}
    for part, held in by_part.items():
        told = _read(parts / asked_name(part))
        if told is None:
            continue
        then = {tuple(entry[:-1]): entry[-1] for entry in told["questions"]}
        known |= answers(question for question in then if question not in known)
        as_before = [known[tuple(entry[:-1])] == entry[-1] for entry in told["questions"]]
        for document_id, read_by in held:
            by, *asked = told["documents"].get(document_id, [""])
            if by == read_by and all(as_before[place] for place in asked):
                same.add(document_id)
    return same


def _read(path: Path) -> Any:
    try:
        return json.loads(zlib.decompress(path.read_bytes()))
    except (OSError, ValueError, zlib.error):
        return None
