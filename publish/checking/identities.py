"""Evaluate the released identities a second time, from the released observations alone.

The one thing to know: this shares no code with ``transform/observations/checks.py``. A check whose sides do not follow from the
figures at its places, or whose terms are not those of its identity, is a problem of the release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from publish.checking.validate import Problem
from publish.schema.schemas import TableSchema
from transform.forms.form import load_identities

if TYPE_CHECKING:
    import pyarrow as pa

_Places = Mapping[tuple[str, str, str], float | None]
_TOLERANCE = 1e-6
_BATCH = 50_000


def check_identities(
    tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema], identities: Iterable[Mapping[str, Any]]
) -> list[Problem]:
    """Return a problem for each exact check that the observations do not bear out, and for each check over several
    reports that names a cell which is not there.

    ``identities`` are the entries of ``schema.json``: id and expression.
    """
    import pyarrow.compute as pc

    if "checks" not in tables or "observations" not in tables:
        return []
    expressions = {i["id"]: i["expression"] for i in identities}
    observations = tables["observations"].select(["document_id", "locator", "indicator", "applicant", "value"])
    checks = tables["checks"].filter(pc.equal(tables["checks"]["severity"], "exact"))
    problems = _across(tables["checks"], tables["observations"])
    for start in range(0, checks.num_rows, _BATCH):
        batch = checks.slice(start, _BATCH)
        at = _of_documents(observations, batch)
        doubted = batch.filter(pc.invert(_borne_out(batch, at, expressions)))
        if not doubted.num_rows:
            continue
        columns = [column.to_pylist() for column in _of_documents(at, doubted).columns]
        places = {
            (d, locator, _named(indicator, applicant)): value
            for d, locator, indicator, applicant, value in zip(*columns, strict=True)
        }
        for check in doubted.to_pylist():
            wrong = _wrong(check, expressions.get(check["identity"]), places)
            if wrong:
                problems.append(Problem("checks", "identity", f"check_id={check['check_id']}: {wrong}"))
    return problems


def released_identities() -> list[dict[str, Any]]:
    """Return the identities as ``schema.json`` tells them."""
    return [{"id": i.id, "form": i.form, "expression": i.expression, "status": i.status} for i in load_identities()]


def _across(checks: pa.Table, observations: pa.Table) -> list[Problem]:
    """Return a problem for each check over several reports that names a cell which is not there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "term_reports" not in checks.column_names:
        return []
    several = checks.filter(pc.is_valid(checks["term_reports"]))
    if not several.num_rows:
        return []
    names = ("term_reports", "term_documents", "locators", "indicators")
    terms = [pc.list_flatten(several[name]) for name in names]
    ids = several["check_id"].take(pc.list_parent_indices(several["indicators"]))
    # Only figures that may be meant are looked at as a whole: a year has hundreds of thousands.
    at = observations.filter(pc.is_in(observations["document_id"], pc.unique(terms[1])))
    at = at.select(["report_id", "document_id", "locator", "indicator", "applicant"]).filter(
        pc.is_in(_names(at), pc.unique(terms[3]))
    )
    there = [at["report_id"], at["document_id"], at["locator"], _names(at)]
    glued = [pc.binary_join_element_wise(*[pc.cast(c, pa.string()) for c in part], "\x1f") for part in (terms, there)]
    lost = pc.and_(pc.not_equal(terms[1], ""), pc.invert(pc.is_in(glued[0], value_set=pc.unique(glued[1]))))
    return [
        Problem("checks", "identity", f"check_id={check_id}: no observation of {name} at {locator}")
        for check_id, name, locator in zip(
            *(c.filter(lost).to_pylist() for c in (ids, terms[3], terms[2])), strict=True
        )
    ]


def _of_documents(observations: pa.Table, checks: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    return observations.filter(
        pc.is_in(observations["document_id"], pc.unique(pc.list_flatten(checks["document_ids"])))
    )


def _borne_out(checks: pa.Table, observations: pa.Table, expressions: Mapping[str, str]) -> pa.Array:
    """Return a mask of the checks that are plainly right: of one document, their figures looked up and added all at once,
    those that compare the same terms together. What is wrong with one of the others, if anything, ``_wrong`` says."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = {name: checks[name].combine_chunks() for name in ("document_ids", "locators", "indicators")}
    alone = pc.equal(pc.list_value_length(lists["document_ids"]), 1).to_numpy(zero_copy_only=False)
    documents = pc.list_element(
        pc.if_else(alone, lists["document_ids"], pa.scalar([""], lists["document_ids"].type)), 0
    )
    parent = pc.list_parent_indices(lists["locators"])
    locators, names = (pc.list_flatten(lists[name]) for name in ("locators", "indicators"))
    if not pc.list_value_length(lists["locators"]).equals(pc.list_value_length(lists["indicators"])):
        return pa.array([False] * checks.num_rows)
    there = pc.binary_join_element_wise(
        observations["document_id"], observations["locator"], _names(observations), "\x1f"
    ).combine_chunks()
    # The last of several observations of one place counts, as in a dictionary.
    backwards = pa.array(np.arange(len(there))[::-1])
    found = pc.index_in(
        pc.binary_join_element_wise(documents.take(parent), locators, names, "\x1f"), there.take(backwards)
    )
    values = _floats(observations["value"].combine_chunks().take(backwards).take(found))
    right = alone.copy()
    right[parent.filter(pc.and_(pc.is_null(found), pc.not_equal(locators, ""))).to_numpy()] = False
    starts = lists["indicators"].offsets.to_numpy() - lists["indicators"].offsets[0].as_py()
    stated = {name: _floats(checks[name]) for name in ("left", "right", "residual")}
    status = checks["status"].to_numpy()
    same = pc.binary_join_element_wise(
        checks["identity"].combine_chunks(),
        checks["operator"].combine_chunks(),
        pc.binary_join(lists["indicators"], "\x1e"),
        "\x1f",
    ).dictionary_encode()
    kind_of = same.indices.to_numpy()
    for kind, told in enumerate(same.dictionary.to_pylist()):
        rows = np.flatnonzero(kind_of == kind)
        identity, operator, joined = told.split("\x1f")
        terms = tuple(joined.split("\x1e"))
        expression = expressions.get(identity)
        left_text, wanted, right_text, cut = _read(expression) if expression else ("", "", "", 0)
        if wanted != operator or not 0 < cut < len(terms) or _strange_terms(str(expression), terms):
            right[rows] = False
            continue
        figures = values[starts[rows][:, None] + np.arange(len(terms))]
        left, other = _sums(left_text, figures[:, :cut]), _sums(right_text, figures[:, cut:])
        residual = left - other
        for name, computed in (("left", left), ("right", other), ("residual", residual)):
            right[rows] &= _alike(stated[name][rows], computed)
        right[rows] &= status[rows] == _statuses(residual, operator)
    return pa.array(right)


def _wrong(check: Mapping[str, Any], expression: str | None, places: _Places) -> str | None:
    """Return in words what is wrong with one check, or None."""
    if expression is None:
        return f"identity {check['identity']} is not in schema.json"
    left_text, operator, right_text, cut = _read(expression)
    if operator != check["operator"]:
        return f"compares by {check['operator']}, the identity by {operator}"
    names = check["indicators"]
    if strange := _strange_terms(expression, tuple(names)):
        return f"its terms are not those of {check['identity']}: {', '.join(strange)}"
    values: list[float | None] = []
    for name, locator in zip(names, check["locators"], strict=True):
        found = [places[(d, locator, name)] for d in check["document_ids"] if (d, locator, name) in places]
        if locator and not found:
            return f"no observation of {name} at {locator}"
        values.append(found[0] if found else None)
    left = _side(left_text, values[:cut])
    right = _side(right_text, values[cut:])
    residual = None if left is None or right is None else left - right
    for name, value in (("left", left), ("right", right), ("residual", residual)):
        if not _equal(check[name], value):
            return f"{name} is {check[name]}, the observations give {value}"
    status = _status(residual, operator)
    return None if status == check["status"] else f"status is {check['status']}, the observations give {status}"


@lru_cache(maxsize=1_024)
def _read(expression: str) -> tuple[str, str, str, int]:
    """Return left side, operator and right side of an identity, and how many terms the left side has."""
    left, operator, right = re.split(r"\s*(==|<=|>=)\s*", expression, maxsplit=1)
    return left, operator, right, len(_terms(left))


@lru_cache(maxsize=16_384)
def _strange_terms(expression: str, names: tuple[str, ...]) -> list[str]:
    """Return what is strange on the first side that has anything strange; reports print the same terms again and again."""
    left, _, right, cut = _read(expression)
    return _strange(_terms(left), list(names[:cut])) or _strange(_terms(right), list(names[cut:]))


def _names(observations: pa.Table) -> Any:
    """Return ``indicator`` or ``indicator[applicant]`` of each observation."""
    import pyarrow.compute as pc

    stars = pc.if_else(
        pc.is_valid(observations["applicant"]), pc.binary_join_element_wise("[", observations["applicant"], "]", ""), ""
    )
    return pc.binary_join_element_wise(observations["indicator"], pc.fill_null(stars, ""), "")


def _floats(values: Any) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)


def _sums(text: str, figures: Any) -> Any:
    """Return one side of each row of figures, nan where one of them is missing."""
    return figures.max(axis=1) if text.startswith("max(") else figures.sum(axis=1)


def _alike(stated: Any, computed: Any) -> Any:
    import numpy as np

    missing = np.isnan(stated) & np.isnan(computed)
    return missing | (np.abs(stated - computed) <= _TOLERANCE * np.maximum(1.0, np.abs(computed)))


def _statuses(residual: Any, operator: str) -> Any:
    import numpy as np

    holds = {"==": np.abs(residual) <= _TOLERANCE, "<=": residual <= _TOLERANCE, ">=": residual >= -_TOLERANCE}[
        operator
    ]
    return np.where(np.isnan(residual), "not_evaluable", np.where(holds, "holds", "broken"))


def _status(residual: float | None, operator: str) -> str:
    if residual is None:
        return "not_evaluable"
    holds = {
        "==": abs(residual) <= _TOLERANCE,
        "<=": residual <= _TOLERANCE,
        ">=": residual >= -_TOLERANCE,
    }[operator]
    return "holds" if holds else "broken"


def _side(text: str, values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    if len(known) < len(values) or not known:
        return None
    return max(known) if text.startswith("max(") else sum(known)


def _terms(text: str) -> list[str]:
    return re.findall(r"[A-Za-z_][\w.]*(?:\[\w+\])?", text.removeprefix("max"))


def _strange(wanted: list[str], found: list[str]) -> list[str]:
    """Return the terms that only one of the two has; a heading may stand for all rows under it."""
    patterns = {term: re.compile(_pattern(term)) for term in wanted}
    missing = [term for term in wanted if not any(patterns[term].fullmatch(name) for name in found)]
    strange = []
    for name in found:
        if any(pattern.fullmatch(name) for pattern in patterns.values()):
            continue
        under = [term for term in missing if term.startswith(name.partition("[")[0] + "_")]
        missing = [term for term in missing if term not in under]
        if not under:
            strange.append(name)
    return missing + strange


def _pattern(term: str) -> str:
    # r, c, x stand for a row or a column, as for_each of the identity says.
    return (
        re.sub(r"(?<![\w.])[a-z](?!\w)", "__", term)
        .replace("__", r"\w+")
        .replace("[", r"\[")
        .replace("]", r"\]")
        .replace(".", r"\.")
    )


def _named(indicator: str, applicant: str | None) -> str:
    return indicator if applicant is None else f"{indicator}[{applicant}]"


def _equal(stated: float | None, computed: float | None) -> bool:
    if stated is None or computed is None:
        return stated is computed
    return abs(stated - computed) <= _TOLERANCE * max(1.0, abs(computed))
