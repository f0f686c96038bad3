"""Formulas whose result a file does not hold, or holds out of date: sums and differences of cells, worked out.

In: a formula and what its cells hold. Out: the number Excel shows once it has calculated, or None where the formula is of
another kind. Only what the tables of reports need is known: references, ranges in SUM, numbers, + - * / and brackets
(ECMA-376 part 1, 18.17).
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<range>\$?[A-Z]{1,3}\$?\d{1,7}:\$?[A-Z]{1,3}\$?\d{1,7})|(?P<cell>\$?[A-Z]{1,3}\$?\d{1,7})"
    r"|(?P<sum>SUM)(?=\s*\()|(?P<sign>[-+*/(),]))"
)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_LONGEST = 1000
_MOST_CELLS = 10_000

Place = tuple[int, int]
#: Gives the number in a cell; 0 for a blank one, None where it holds no number.
Lookup = Callable[[Place], float | None]


def calculate(formula: str, lookup: Lookup) -> float | None:
    """Return the result of a formula (with or without its ``=``); None where it cannot be told."""
    text = formula.strip().removeprefix("=").upper()
    if not text or len(text) > _LONGEST:
        return None
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        tokens.append((str(token.lastgroup), token[str(token.lastgroup)]))
        at = token.end()
    try:
        parser = _Parser(tokens, lookup)
        result = parser.sum_of_terms()
        return result if parser.at == len(tokens) else None
    except (_Unknown, ZeroDivisionError, RecursionError, IndexError):
        return None


def place_of(reference: str) -> Place | None:
    """Return row and column (from 0) of a reference like C14 or $C$14, or None."""
    match = _PLACE.fullmatch(reference.replace("$", ""))
    if match is None:
        return None
    col = 0
    for letter in match[1]:
        col = col * 26 + ord(letter) - 64
    return int(match[2]) - 1, col - 1


class _Unknown(Exception):
    """The formula is of a kind that is not worked out here."""


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], lookup: Lookup):
        self.tokens = tokens
        self.lookup = lookup
        self.at = 0

    def sum_of_terms(self) -> float:
        value = self._product()
        while self._next() in ("+", "-"):
            sign = self._take()
            term = self._product()
            value = value + term if sign == "+" else value - term
        return value

    def _product(self) -> float:
        value = self._factor()
        while self._next() in ("*", "/"):
            sign = self._take()
            factor = self._factor()
            value = value * factor if sign == "*" else value / factor
        return value

    def _factor(self) -> float:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text)
        if kind == "cell":
            return self._number(place_of(text))
        if kind == "sum":
            return self._sum()
        if text in ("-", "+"):
            return -self._factor() if text == "-" else self._factor()
        if text == "(":
            value = self.sum_of_terms()
            self._expect(")")
            return value
        raise _Unknown

    def _sum(self) -> float:
        self._expect("(")
        total = 0.0
        while True:
            kind, text = self.tokens[self.at]
            if kind == "range":
                self.at += 1
                total += sum(self._number(place) for place in _places(text))
            else:
                total += self.sum_of_terms()
            if self._next() != ",":
                break
            self.at += 1
        self._expect(")")
        return total

    def _number(self, place: Place | None) -> float:
        value = self.lookup(place) if place is not None else None
        if value is None:
            raise _Unknown
        return value

    def _next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            raise _Unknown
        self.at += 1


def _places(text: str) -> list[Place]:
    first, last = (place_of(part) for part in text.split(":"))
    if first is None or last is None:
        raise _Unknown
    rows, cols = range(first[0], last[0] + 1), range(first[1], last[1] + 1)
    if len(rows) * len(cols) > _MOST_CELLS:
        raise _Unknown
    return [(row, col) for row in rows for col in cols]
