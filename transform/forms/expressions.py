"""Expressions over the cells of the forms (identities.json, crosswalk.json, indicators.json): text in, Parts, Sides and Rules out.

A sum or difference of cells is written ``a + b[total] - c.d``. An identity compares two of them by ``==``, ``<=`` or
``>=``; ``max(a, b)`` may stand for a side. In an identity over two years each cell says its year: ``a@t``, ``a@t-1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from extract.errors import ReferenceDataError
from transform.forms.form import Identity
from transform.observation import CellName, cell_name

_PART = re.compile(r"\s*([+-])?\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)(?:\[([a-z_]+)\])?(@t(?:-1)?)?\s*")


class Part(NamedTuple):
    """One cell of an expression with its sign (1 or -1); ``before``: the cell of the year before."""

    sign: int
    cell: CellName
    before: bool = False

    @property
    def indicator(self) -> str:
        return self.cell[0]

    @property
    def applicant(self) -> str | None:
        return self.cell[1]

    def bound(self, letter: str, value: str) -> Part:
        """Put a row or an applicant in the place of its letter: ``x.issued``, ``r[total]`` by row, ``req_new[c]`` by applicant."""
        row, dot, column = self.indicator.partition(".")
        indicator = f"{value if row == letter else row}{dot}{column}"
        return self._replace(cell=(indicator, value if self.applicant == letter else self.applicant))


@dataclass(frozen=True)
class Side:
    """One side of an identity: the sum of its parts, or their maximum."""

    parts: tuple[Part, ...]
    maximum: bool = False

    @cached_property
    def cells(self) -> tuple[CellName, ...]:
        return tuple(part.cell for part in self.parts)

    def bound(self, letter: str, value: str) -> Side:
        """Put a row or an applicant in the place of its letter."""
        return Side(tuple(part.bound(letter, value) for part in self.parts), self.maximum)


@dataclass(frozen=True)
class Rule:
    """One identity for one applicant or row, ready to evaluate; ``applicant`` is None where its cells have several."""

    identity: Identity
    operator: str
    applicant: str | None
    left: Side
    right: Side

    @cached_property
    def cells(self) -> tuple[CellName, ...]:
        return (*self.left.cells, *self.right.cells)


def parse_sum(text: str, *, with_years: bool = False) -> tuple[Part, ...]:
    """Return the parts of ``a + b[total] - c.d``, or of ``a@t - b@t-1`` where every cell says its year.

    Raises:
        ReferenceDataError: the text is no such sum.
    """
    parts, at = [], 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or (match[1] is None and at > 0) or (match[4] is not None) != with_years:
            wanted = "a@t + b[c]@t-1" if with_years else "a + b[c] - d.e"
            raise ReferenceDataError(f"expression {text!r}: cannot be read at character {at}; write {wanted}")
        parts.append(Part(-1 if match[1] == "-" else 1, (match[2], match[3]), match[4] == "@t-1"))
        at = match.end()
    if not parts:
        raise ReferenceDataError(f"expression {text!r} is empty")
    return tuple(parts)


def write_sum(parts: tuple[Part, ...]) -> str:
    """Return the parts as ``parse_sum`` reads them."""
    text = ""
    for n, part in enumerate(parts):
        text += (" - " if part.sign < 0 else " + " if n else "") + cell_name(*part.cell)
    return text.strip()


def rules_of(identity: Identity) -> Iterator[Rule]:
    """Yield an identity as rules, one for each of the applicants or rows that its letter stands for.

    Raises:
        ReferenceDataError: the expression is no comparison of two sides; the message names the identity.
    """
    try:
        left, operator, right = re.split("(==|<=|>=)", identity.expression)
        sides = [_side(text, with_years=identity.scope == "across_years") for text in (left, right)]
    except ValueError as error:
        raise ReferenceDataError(
            f"identities.json: {identity.id}: cannot read {identity.expression!r}; write one comparison, a == b + c"
        ) from error
    except ReferenceDataError as error:
        raise ReferenceDataError(f"identities.json: {identity.id}: {error}") from error
    letter, values = identity.for_each or ("", ("",))
    for value in values:
        one, other = (side.bound(letter, value) for side in sides)
        applicants = {applicant for _, applicant in (*one.cells, *other.cells)}
        yield Rule(identity, operator, applicants.pop() if len(applicants) == 1 else None, one, other)


def _side(text: str, *, with_years: bool) -> Side:
    maximum = re.fullmatch(r"\s*max\((.*)\)\s*", text)
    return Side(parse_sum(maximum[1].replace(",", "+") if maximum else text, with_years=with_years), bool(maximum))
