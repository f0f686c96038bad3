"""Which questions about labels the reading of a document asks, so that a changed label reads only those again it can affect.

A question is a function of the forms' labels with plain arguments; its answer is what the labels say to it. The one thing
to know: every look at a label goes through a question. Where the answers to all that a reading asked are what they were,
it would be the same reading (``tests/test_asked.py`` changes labels and reads again).
"""

from __future__ import annotations

Question = tuple[str, ...]
#: Asked where labels are looked at as a whole: any changed label answers it differently.
EVERY_LABEL: Question = ("every label",)

#: What is noted; None where nothing is (transform/recognition/answers.py).
noted: set[Question] | None = None
label_texts: set[str] = set()


def ask(*question: str) -> None:
    """Note a question, where questions are noted."""
    if noted is not None:
        noted.add(question)


def ask_label(text: str) -> None:
    """Note that the label of a text was looked for (the question ``match_label``): some hundred times a page, so only the text."""
    if noted is not None:
        label_texts.add(text)
