"""A broken identity in words: what was printed, what the parts come to, by how much they differ; English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from transform.forms.form import load_forms, load_identities
from transform.forms.reference import read_reference
from transform.observation import Row

_OPERATORS = {
    "==": ("must equal", "应等于"),
    "<=": ("must not exceed", "应不大于"),
    ">=": ("must not be less than", "应不小于"),
    "<": ("must be less than", "应小于"),
    ">": ("must be more than", "应大于"),
    "!=": ("must differ from", "应不等于"),
}


@dataclass(frozen=True)
class ExplainedCheck:
    """One check explained. ``left`` and ``right`` are the terms of its sides; empty where it spans several reports."""

    identity: str
    severity: str
    en: str
    zh: str
    left: tuple[tuple[str, str, str], ...]
    right: tuple[tuple[str, str, str], ...]


def explain(
    check: Row, value_of: Callable[[str], float | None], labels: Callable[[str], tuple[str, str]]
) -> ExplainedCheck:
    """Return a check that does not hold in words.

    ``value_of`` and ``labels`` give, for a term such as ``res_total[total]``, its figure and its English and Chinese
    label. Terms that are 0 are left out of the sum, and counted.
    """
    en_operator, zh_operator = _OPERATORS[check["operator"]]
    left, right, residual = number(check["left"]), number(check["right"]), number(check["residual"])
    terms: Sequence[str] = check["indicators"]
    if check["term_reports"] if "term_reports" in check else len(check["report_ids"]) > 1:
        en = f"Over several reports: {left} {en_operator} {right}; the difference is {residual}. A known reason may explain it."
        return ExplainedCheck(
            check["identity"],
            check["severity"],
            en,
            f"跨年报校核：{left} {zh_operator} {right}，差额 {residual}；可能有正当原因。",
            (),
            (),
        )
    split = _terms_left(check["identity"])
    sides = [_side(terms[:split], value_of, labels), _side(terms[split:], value_of, labels)]
    en = f"{sides[0][1]} is printed as {left}" if split == 1 else f"{sides[0][1]} make {left}"
    zh = f"{sides[0][2]}印为 {left}" if split == 1 else f"{sides[0][2]}合计 {left}"
    parts = len(terms) - split
    en += f"; it {en_operator} " + (
        f"the sum of its {parts} parts, which is {right}" if parts > 1 else f"{sides[1][1]}, printed as {right}"
    )
    zh += f"，{zh_operator}" + (f"其 {parts} 项之和 {right}" if parts > 1 else f"{sides[1][2]} {right}")
    return ExplainedCheck(
        check["identity"],
        check["severity"],
        f"{en}. The difference is {residual}.",
        f"{zh}，差额 {residual}。",
        sides[0][0],
        sides[1][0],
    )


def number(value: float | None) -> str:
    """Return a figure as people write it."""
    return "?" if value is None else f"{value:.12g}".replace("-", "−")


def applicant_labels(form: str | None, applicant: str | None) -> tuple[str, str]:
    """Return the English and Chinese name of a column of Table 3."""
    if applicant is None or form not in load_forms():
        return "", ""
    tables = [t for t in load_forms()[form].tables if t.kind == "matrix"]
    return next(
        ((c.label_en, c.label_zh) for t in tables for c in t.columns if c.id == applicant), (applicant, applicant)
    )


def _side(
    terms: Sequence[str], value_of: Callable[[str], float | None], labels: Callable[[str], tuple[str, str]]
) -> tuple[tuple[tuple[str, str, str], ...], str, str]:
    named = [(*labels(term), number(value_of(term))) for term in terms]
    shown = tuple(n for n in named if n[2] != "0") or tuple(named)
    return shown, " + ".join(n[0] for n in named), " + ".join(n[1] for n in named)


def _terms_left(identity: str) -> int:
    expression = next((i.expression for i in load_identities() if i.id == identity), "")
    operator = next((o for o in ("==", "<=", ">=", "!=") if o in expression), None)
    return expression.partition(operator)[0].count(" + ") + 1 if operator else 1


def identity_note(identity: str) -> str:
    """Return the formula of an identity as written in the reference data."""
    return next(
        (entry["expr"] for entry in read_reference("identities")["identities"] if entry["id"] == identity), identity
    )
