"""The forms' accounting identities, evaluated on one report: observations in, Checks and ``consistency`` out.

The identities are data (data/reference/forms/identities.json). The one thing to know: a check only says what the
printed figures say; nothing is ever changed to satisfy it, and an identity that holds over zeros alone proves nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from operator import attrgetter

from extract.errors import ReferenceDataError
from transform.forms.form import Identity, load_forms, load_identities
from transform.observation import Check, Observation

#: Severity by the status that identities.json gives; statuses absent here are not evaluated within a report.
SEVERITY = {
    "official": "exact",
    "implied_exact": "exact",
    "inequality_exact": "exact",
    "implied_usual": "usual",
    "usual": "usual",
}
_OPERATORS = {ast.Eq: "==", ast.LtE: "<=", ast.GtE: ">="}
_NAMES = [field.name for field in fields(Observation)]
_VALUES, _CONSISTENCY = attrgetter(*_NAMES), _NAMES.index("consistency")
Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an identity: the sum of its terms, or their maximum."""

    terms: tuple[Key, ...]
    maximum: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One identity for one applicant or row, ready to evaluate."""

    identity: str
    severity: str
    operator: str
    applicant: str | None
    left: Side
    right: Side


def evaluate(observations: list[Observation]) -> list[Check]:
    """Return every identity of the observations' forms of which the report prints at least one cell."""
    values = {
        (o.indicator, o.applicant): o for o in reversed(observations) if o.occurrence == 1 and o.source == "table"
    }
    forms = sorted({o.form for o in values.values()})
    checks = []
    for form in forms:
        for rule in rules_of(form):
            check = _evaluate(undivided(rule, form, values), values)
            if check:
                checks.append(check)
    return checks


def with_consistency(observations: list[Observation], checks: list[Check]) -> list[Observation]:
    """Return the observations with what the report's own exact equalities say of each."""
    figures = {(o.indicator, o.applicant): o.value for o in reversed(observations)}
    said: dict[Key, set[str]] = {}
    for check in checks:
        if check.severity != "exact" or check.operator != "==":
            continue
        keys = [_key(name) for name in check.indicators]
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


def _evaluate(rule: Rule, values: dict[Key, Observation]) -> Check | None:
    keys = (*rule.left.terms, *rule.right.terms)
    printed = [values[k] for k in keys if k in values]
    if not printed:
        return None
    left, right = _sum(rule.left, values), _sum(rule.right, values)
    if left is None or right is None:
        status, residual = "not_evaluable", None
    else:
        residual = round(left - right, 6)
        holds = {"==": residual == 0, "<=": residual <= 0, ">=": residual >= 0}[rule.operator]
        status = "holds" if holds else "broken"
    return Check(
        rule.identity,
        rule.severity,
        rule.operator,
        rule.applicant,
        status,
        left,
        right,
        residual,
        tuple(_name(k) for k in keys),
        tuple(values[k].locator if k in values else "" for k in keys),
    )


def _sum(side: Side, values: dict[Key, Observation]) -> float | None:
    figures = [values[k].value if k in values else None for k in side.terms]
    known = [f for f in figures if f is not None]
    if len(known) < len(figures):
        return None
    return max(known) if side.maximum else float(sum(known))


def undivided(rule: Rule, form: str, values: Mapping[Key, object]) -> Rule:
    """Let a heading's own figure stand for its parts where the report prints only the heading (（六）其他处理)."""

    if not any((heading, rule.applicant) in values for heading in _families(form)):
        return rule

    def swap(side: Side) -> Side:
        terms = list(side.terms)
        for heading, children in _families(form).items():
            parts = [t for t in terms if t[0] in children]
            if len({t[0] for t in parts}) == len(children) and not any(t in values for t in parts):
                applicant = parts[0][1]
                if (heading, applicant) in values:
                    at = terms.index(parts[0])
                    terms = [t for t in terms if t not in parts]
                    terms.insert(at, (heading, applicant))
        return replace(side, terms=tuple(terms))

    return replace(rule, left=swap(rule.left), right=swap(rule.right))


@lru_cache(maxsize=8)
def _families(form: str) -> dict[str, frozenset[str]]:
    rows = [r for t in load_forms()[form].tables if t.kind == "matrix" for r in t.rows]
    headings = [r.id for r in rows if r.heading and r.id != "res"]
    return {h: frozenset(r.id for r in rows if r.parent == h) for h in headings}


@lru_cache(maxsize=8)
def rules_of(form: str) -> tuple[Rule, ...]:
    """Return the within-report rules of one form, each identity spread over its applicants or rows."""
    rules: list[Rule] = []
    for identity in load_identities():
        if (
            identity.form == form
            and identity.scope == "within_year"
            and identity.status in SEVERITY
            and "text." not in identity.expression
        ):
            rules.extend(_rules(identity))
    return tuple(rules)


def _rules(identity: Identity) -> list[Rule]:
    letter, values = identity.for_each or ("", ("",))
    severity = SEVERITY[identity.status]
    out = []
    for value in values:
        operator, left, right = _parse(identity, letter, value)
        applicants = {k[1] for k in (*left.terms, *right.terms)}
        out.append(
            Rule(identity.id, severity, operator, applicants.pop() if len(applicants) == 1 else None, left, right)
        )
    return out


def _parse(identity: Identity, letter: str, value: str) -> tuple[str, Side, Side]:
    try:
        compare = ast.parse(identity.expression, mode="eval").body
        if not isinstance(compare, ast.Compare) or len(compare.ops) != 1:
            raise SyntaxError("one comparison expected")
        operator = _OPERATORS[type(compare.ops[0])]
        return operator, _side(compare.left, letter, value), _side(compare.comparators[0], letter, value)
    except (SyntaxError, KeyError) as error:
        raise ReferenceDataError(
            f"identities.json: {identity.id}: cannot read {identity.expression!r} ({error})"
        ) from error


def _side(node: ast.expr, letter: str, value: str) -> Side:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "max":
        return Side(tuple(_term(n, letter, value) for n in node.args), maximum=True)
    terms: list[Key] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(_term(node.right, letter, value))
        node = node.left
    terms.append(_term(node, letter, value))
    return Side(tuple(reversed(terms)))


def _term(node: ast.expr, letter: str, value: str) -> Key:
    def name(n: ast.expr) -> str:
        if not isinstance(n, ast.Name):
            raise SyntaxError("a name expected")
        return value if n.id == letter else n.id

    if isinstance(node, ast.Subscript):
        return name(node.value), name(node.slice)
    if isinstance(node, ast.Attribute):
        return f"{name(node.value)}.{node.attr}", None
    return name(node), None


def _name(key: Key) -> str:
    return key[0] if key[1] is None else f"{key[0]}[{key[1]}]"


def _key(name: str) -> Key:
    indicator, _, applicant = name.partition("[")
    return indicator, applicant.rstrip("]") or None
