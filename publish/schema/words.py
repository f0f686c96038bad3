"""Short names of columns and values in Chinese and English (publish/schema/words.json), for every format that shows labels.

The one thing to know: a column that a schema names and words.json does not, or a value of ``allowed`` without words, is a
fault that a test finds; the concepts of the panel get their labels from the forms instead (``publish/codebook/printed.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from extract.data_file import read_json

_FILE = Path(__file__).resolve().parent / "words.json"


def column_zh(name: str) -> str:
    """Return a column's name in Chinese; empty where there is none."""
    return _words()["columns"].get(name, "")


def value_words(value: str) -> tuple[str, str]:
    """Return what a value of a column means, in English and in Chinese; empty where nothing is told."""
    english, chinese = _words()["values"].get(value, ("", ""))
    return english, chinese


def missing_words() -> Mapping[str, tuple[str, str]]:
    """Return for each of Stata's missing values in use, ``a`` to ``e``, why a figure is missing: English, Chinese."""
    return {letter: (english, chinese) for letter, (english, chinese) in _words()["missing"].items()}


def prose_words() -> Mapping[str, tuple[str, str, str]]:
    """Return English, Chinese and the usual unit of what reports tell in sentences and no form has a row for."""
    return {name: (english, chinese, unit) for name, (english, chinese, unit) in _words()["prose"].items()}


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return read_json(_FILE)
