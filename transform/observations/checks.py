"""The forms' accounting identities, evaluated on one report: observations in, Checks and ``consistency`` out.

The identities are data (data/reference/forms/identities.json). The one thing to know: a check only says what the
printed figures say; nothing is ever changed to satisfy it, and an identity that holds over zeros alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from operator import attrgetter

from extract.errors import ReferenceDataError
from transform.forms.expressions import Rule, Side, rules_of
from transform.forms.form import load_forms, load_identities
from transform.observation import CellName, Check, Observation, cell_name, cell_named

#: Severity by the status that identities.json gives; statuses absent here are not evaluated within a report.
SEVERITY = {
    "official": "exact",
    "implied_exact": "exact",
    "inequality_exact": "exact",
    "implied_usual": "usual",
    "usual": "usual",
}
_NAMES = [field.name for field in fields(Observation)]
_VALUES, _CONSISTENCY = attrgetter(*_NAMES), _NAMES.index("consistency")


def evaluate(observations: list[Observation]) -> list[Check]:
    """Return every identity of the observations' forms of which the report prints at least one cell."""
    values = {
        (o.indicator, o.applicant): o for o in reversed(observations) if o.occurrence == 1 and o.source == "table"
    }
    forms = sorted({o.form for o in values.values()})
    checks = []
    for form in forms:
        for rule in rules_within(form):
            check = _evaluate(undivided(rule, form, values), values)
            if check:
                checks.append(check)
    return checks


def with_consistency(observations: list[Observation], checks: list[Check]) -> list[Observation]:
    """Return the observations with what the report's own exact equalities say of each."""
    figures = {(o.indicator, o.applicant): o.value for o in reversed(observations)}
    said: dict[CellName, set[str]] = {}
    for check in checks:
        if check.severity != "exact" or check.operator != "==":
            continue
        keys = [cell_named(name) for name in check.indicators]
        # 0 = 0 + 0 cannot tell a right reading from a shifted one.
        zeros = check.status == "holds" and not any(figures.get(k) for k in keys)
        for key in keys:
            said.setdefault(key, set()).add("zeros" if zeros else check.status)
    out = []
    for o in observations:
        statuses = said.get((o.indicator, o.applicant), set()) if o.source == "table" and o.occurrence == 1 else set()
        consistency = _consistency(statuses)
        out.append(o if o.consistency == consistency else _restated(o, consistency))
    return out


def _restated(observation: Observation, consistency: str) -> Observation:
    # As replace() does, in half the time: nearly every figure of a report comes by here.
    values = list(_VALUES(observation))
    values[_CONSISTENCY] = consistency
    return Observation(*values)


def _consistency(statuses: set[str]) -> str:
    if "broken" in statuses:
        return "broken"
    if "holds" in statuses:
        return "holds"
    return "not_evaluable" if "not_evaluable" in statuses else "uncovered"


def _evaluate(rule: Rule, values: dict[CellName, Observation]) -> Check | None:
    keys = rule.cells
    if not any(k in values for k in keys):
        return None
    left, right = _sum(rule.left, values), _sum(rule.right, values)
    if left is None or right is None:
        status, residual = "not_evaluable", None
    else:
        residual = round(left - right, 6)
        holds = {"==": residual == 0, "<=": residual <= 0, ">=": residual >= 0}[rule.operator]
        status = "holds" if holds else "broken"
    return Check(
        rule.identity.id,
        SEVERITY[rule.identity.status],
        rule.operator,
        rule.applicant,
        status,
        left,
        right,
        residual,
        tuple(cell_name(*k) for k in keys),
        tuple(values[k].locator if k in values else "" for k in keys),
    )


def _sum(side: Side, values: dict[CellName, Observation]) -> float | None:
    figures = [values[k].value if k in values else None for k in side.cells]
    known = [f for f in figures if f is not None]
    if len(known) < len(figures):
        return None
    return max(known) if side.maximum else float(sum(known))


def undivided(rule: Rule, form: str, values: Mapping[CellName, object]) -> Rule:
    """Let a heading's own figure stand for its parts where the report prints only the heading (（六）其他处理)."""

    if not any((heading, rule.applicant) in values for heading in _families(form)):
        return rule

    def swap(side: Side) -> Side:
        parts = list(side.parts)
        for heading, children in _families(form).items():
            under = [p for p in parts if p.indicator in children]
            if len({p.indicator for p in under}) == len(children) and not any(p.cell in values for p in under):
                whole = under[0]._replace(cell=(heading, under[0].applicant))
                if whole.cell in values:
                    at = parts.index(under[0])
                    parts = [p for p in parts if p not in under]
                    parts.insert(at, whole)
        return replace(side, parts=tuple(parts))

    return replace(rule, left=swap(rule.left), right=swap(rule.right))


@lru_cache(maxsize=8)
def _families(form: str) -> dict[str, frozenset[str]]:
    rows = [r for t in load_forms()[form].tables if t.kind == "matrix" for r in t.rows]
    headings = [r.id for r in rows if r.heading and r.id != "res"]
    return {h: frozenset(r.id for r in rows if r.parent == h) for h in headings}


@lru_cache(maxsize=8)
def rules_within(form: str) -> tuple[Rule, ...]:
    """Return the within-report rules of one form, each identity spread over its applicants or rows.

    Raises:
        ReferenceDataError: an identity cannot be read, or takes something away; the message names it.
    """
    rules = tuple(
        rule
        for identity in load_identities()
        if identity.form == form
        and identity.scope == "within_year"
        and identity.status in SEVERITY
        and "text." not in identity.expression
        for rule in rules_of(identity)
    )
    for rule in rules:
        if any(part.sign < 0 for part in (*rule.left.parts, *rule.right.parts)):
            raise ReferenceDataError(f"identities.json: {rule.identity.id}: write a sum on each side, without minus")
    return rules
