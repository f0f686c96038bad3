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
        batch = _in_step(checks.slice(start, _BATCH))
        ids = batch["check_id"]
        wrong = _wrong(batch, _of_documents(observations, batch), expressions)
        problems += [Problem("checks", "identity", f"check_id={ids[row]}: {wrong[row]}") for row in sorted(wrong)]
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


def _in_step(checks: pa.Table) -> pa.Table:
    """Return the checks whose lists are equally long; the others break a rule of their table, which names them.

    ``term_documents`` then holds the document of every term, the check's only one where the column tells none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = {name: checks[name].combine_chunks() for name in ("indicators", "locators", "document_ids")}
    terms, alone = lists["indicators"], pc.equal(pc.list_value_length(lists["document_ids"]), 1)
    firsts = pc.list_element(pc.if_else(alone, lists["document_ids"], pa.scalar([""], terms.type)), 0)
    offsets = pc.subtract(terms.offsets, terms.offsets[0])
    documents = pa.ListArray.from_arrays(offsets, firsts.take(pc.list_parent_indices(terms)), type=terms.type)
    if "term_documents" in checks.column_names:
        documents = pc.coalesce(checks["term_documents"].combine_chunks(), documents)
    length = pc.list_value_length(terms)
    in_step = pc.and_(
        pc.equal(length, pc.list_value_length(lists["locators"])), pc.equal(length, pc.list_value_length(documents))
    )
    whole = checks.drop_columns([name for name in ("term_documents",) if name in checks.column_names])
    return whole.append_column("term_documents", documents).filter(in_step)


def _wrong(checks: pa.Table, observations: pa.Table, expressions: Mapping[str, str]) -> dict[int, str]:
    """Return what is wrong with which rows, in words. The figures of all checks are looked up at once; those that compare
    the same terms of one identity are added up together."""
    import numpy as np
    import pyarrow.compute as pc

    documents, locators, names = (
        pc.list_flatten(checks[name].combine_chunks()) for name in ("term_documents", "locators", "indicators")
    )
    there = pc.binary_join_element_wise(
        observations["document_id"], observations["locator"], _names(observations), "\x1f"
    ).combine_chunks()
    found = pc.index_in(pc.binary_join_element_wise(documents, locators, names, "\x1f"), there)
    values = _floats(observations["value"].combine_chunks().take(found))
    lengths = pc.list_value_length(checks["indicators"]).to_numpy()
    first = np.cumsum(lengths) - lengths
    stated = {name: _floats(checks[name]) for name in ("left", "right", "residual")}
    stated["status"] = checks["status"].to_numpy()
    alike = pc.binary_join_element_wise(
        checks["identity"], checks["operator"], pc.binary_join(checks["indicators"].combine_chunks(), "\x1f"), "\x1f"
    )
    kinds = alike.combine_chunks().dictionary_encode()
    unlike: dict[int, str] = {}
    misnamed: dict[int, str] = {}
    for kind, text in enumerate(kinds.dictionary.to_pylist()):
        rows = np.flatnonzero(kinds.indices.to_numpy() == kind)
        identity, operator, *terms = text.split("\x1f")
        if fault := _fault(identity, operator, tuple(terms), expressions):
            misnamed |= dict.fromkeys(rows.tolist(), fault)
            continue
        left_text, _, right_text, cut = _read(expressions[identity])
        figures = values[first[rows][:, None] + np.arange(len(terms))]
        left, right = _sums(left_text, figures[:, :cut]), _sums(right_text, figures[:, cut:])
        residual = left - right
        computed = {"status": _statuses(residual, operator), "residual": residual, "right": right, "left": left}
        for name, figure in computed.items():
            for n in np.flatnonzero(~_alike(stated[name][rows], figure)):
                unlike[int(rows[n])] = f"{name} is {stated[name][rows[n]]}, the observations give {figure[n]}"
    lost = pc.and_(pc.is_null(found), pc.not_equal(locators, "")).to_numpy(zero_copy_only=False)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    nowhere = {int(owners[n]): f"no observation of {names[n]} at {locators[n]}" for n in reversed(np.flatnonzero(lost))}
    return unlike | nowhere | misnamed


def _fault(identity: str, operator: str, terms: tuple[str, ...], expressions: Mapping[str, str]) -> str | None:
    """Return in words in what a check is not its identity, or None."""
    if identity not in expressions:
        return f"identity {identity} is not in schema.json"
    wanted = _read(expressions[identity])[1]
    if operator != wanted:
        return f"compares by {operator}, the identity by {wanted}"
    if strange := _strange_terms(expressions[identity], terms):
        return f"its terms are not those of {identity}: {', '.join(strange)}"
    return None


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

    if stated.dtype.kind != "f":
        return stated == computed
    missing = np.isnan(stated) & np.isnan(computed)
    return missing | (np.abs(stated - computed) <= _TOLERANCE * np.maximum(1.0, np.abs(computed)))


def _statuses(residual: Any, operator: str) -> Any:
    import numpy as np

    holds = {"==": np.abs(residual) <= _TOLERANCE, "<=": residual <= _TOLERANCE, ">=": residual >= -_TOLERANCE}[
        operator
    ]
    return np.where(np.isnan(residual), "not_evaluable", np.where(holds, "holds", "broken"))


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
