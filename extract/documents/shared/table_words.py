"""Words of the official tables by which a page, a member of an archive or a picture is worth reading closely.

They lie in ``data/reference/table_words.json``, and count in no reader's cache key: a Document says itself whether they decided
anything of it (``Document.by_words``), and only then is it read again when they change.
"""

from __future__ import annotations

from functools import cache

from extract.data_file import REFERENCE, read_json

TABLE_WORDS_FILE = REFERENCE / "table_words.json"


def page_words() -> tuple[str, ...]:
    """Return the words of which a page of a long document holds two where a table may stand on it."""
    return _words("page")


def member_words() -> tuple[str, ...]:
    """Return the words by which the members of an archive are ranked: the more of them, the more of a report."""
    return _words("member")


def words_of_each_table() -> tuple[str, ...]:
    """Return a word of each of the three tables: where all stand in a document's own text, its pictures hold none of them."""
    return _words("each_table")


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(read_json(TABLE_WORDS_FILE)[name])
