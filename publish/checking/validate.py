"""Tables against their schemas: exact columns and types, nulls, allowed values, keys, references, rules between columns.

The one thing to know: every problem names its table, its column and the rows (by their key), so that a person can find
them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from extract.errors import ReleaseError
from publish.schema.schemas import Column, Reference, TableSchema, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows named in full in one message; the rest are counted.
NAMED = 5


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a release: the table or file, the rule it breaks, and in words where."""

    where: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.message}"


def canonical(table: pa.Table, schema: TableSchema, release: str | None = None) -> pa.Table:
    """Return the table with exactly the schema's columns, types and metadata, its rows sorted by the key.

    Raises:
        ReleaseError: a column is missing or not in the schema, or a value does not fit its type.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = arrow_schema(schema, release=release)
    if table.num_rows == 0:
        return wanted.empty_table()
    missing, unknown = set(wanted.names) - set(table.column_names), set(table.column_names) - set(wanted.names)
    if missing or unknown:
        raise ReleaseError(
            f"table {schema.name}: missing columns {sorted(missing)}, unknown columns {sorted(unknown)}; "
            f"bring publish/schema/tables/{schema.name}.json and the table together"
        )
    columns = []
    for field in wanted:
        try:
            column = table[field.name]
            columns.append((column if column.type == field.type else pc.cast(column, field.type)).combine_chunks())
        except pa.ArrowException as error:
            raise ReleaseError(f"table {schema.name}: column {field.name}: {error}; correct the values") from error
    whole = pa.Table.from_arrays(columns, schema=wanted)
    order = order_by_key(whole, schema)
    in_order = pc.all(pc.greater(order.slice(1), order.slice(0, len(order) - 1))).as_py()
    return whole if in_order else whole.take(order)


def order_by_key(table: pa.Table, schema: TableSchema) -> pa.Array:
    """Return the numbers of the rows in the order of the key, missing values last."""
    import pyarrow.compute as pc

    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in schema.key])


def check_tables(
    tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema], *, only: Collection[str] | None = None
) -> list[Problem]:
    """Return everything in which the tables break their schemas; an empty list if nothing.

    References to a table that is not among ``tables`` are not checked. ``only``: the others are there to be referred to.
    """
    problems: list[Problem] = []
    for name in sorted(tables if only is None else only):
        if name not in schemas:
            problems.append(Problem(name, "unknown table", "no schema describes it; add publish/schema/tables/*.json"))
            continue
        table, schema = tables[name], schemas[name]
        structure = _structure(table, schema)
        problems += structure
        if structure:
            continue
        problems += _values(table, schema)
        problems += check_key(table, schema)
        for rule in schema.rules:
            problems += _rule(table, schema, rule)
        for reference in schema.references:
            if reference.table in tables:
                problems += _reference(table, schema, reference, tables[reference.table])
    return problems


def name_rows(table: pa.Table, schema: TableSchema, rows: list[int]) -> str:
    """Return ``3 rows: report_id=…, version=1; …`` for row numbers of a table, the first few in full."""
    chosen = table.select(list(schema.key)).take(rows[:NAMED]).to_pylist()
    named = "; ".join(", ".join(f"{k}={v}" for k, v in row.items()) for row in chosen)
    more = f"; and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"{len(rows)} row{'s' if len(rows) != 1 else ''}: {named}{more}"


def _structure(table: pa.Table, schema: TableSchema) -> list[Problem]:
    wanted = arrow_schema(schema)
    found = [(f.name, str(f.type)) for f in table.schema]
    if found == [(f.name, str(f.type)) for f in wanted]:
        return []
    strange = sorted({f"{n} {t}" for n, t in found} ^ {f"{f.name} {f.type}" for f in wanted})
    return [Problem(schema.name, "columns", f"differ from the schema in {', '.join(strange) or 'their order'}")]


def _values(table: pa.Table, schema: TableSchema) -> list[Problem]:
    # Columns of one kind are looked at together: a panel has hundreds, and a call costs more than its rows.
    alike: dict[Column, list[str]] = {}
    for column in schema.columns:
        alike.setdefault(replace(column, name="", description=""), []).append(column.name)
    return [
        Problem(schema.name, f"column {name}: {fault}", name_rows(table, schema, rows))
        for kind, names in alike.items()
        if not _is_right([table[name] for name in names], kind)
        for name in names
        for fault, rows in _wrong_values(table[name], kind)
    ]


def _is_right(columns: list[pa.ChunkedArray], kind: Column) -> bool:
    """Tell whether every value of some columns is allowed, in some microseconds."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not kind.nullable and any(column.null_count for column in columns):
        return False
    if all(limit is None for limit in (kind.allowed, kind.pattern, kind.minimum, kind.maximum)):
        return True
    values = pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type))
    return all(pc.all(right).as_py() in (True, None) for _, right in _limits(values.drop_null(), kind))


def _wrong_values(column: pa.ChunkedArray, kind: Column) -> Iterator[tuple[str, list[int]]]:
    """Yield each limit that values of a column break, in words, with the rows of these values."""
    import pyarrow.compute as pc

    tests = [] if kind.nullable else [("may not be null", pc.is_valid(column))]
    for words, right in [*tests, *_limits(column, kind)]:
        if rows := pc.indices_nonzero(pc.invert(pc.fill_null(right, True))).to_pylist():
            yield words, rows


def _limits(values: Any, kind: Column) -> Iterator[tuple[str, Any]]:
    """Yield each limit of a column in words, with which of some values keep it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind.allowed is not None:
        found = pc.or_kleene(pc.is_in(values, value_set=pa.array(kind.allowed, values.type)), pc.is_null(values))
        yield f"must be one of {', '.join(map(str, kind.allowed))}", found
    if kind.pattern is not None:
        yield f"must match {kind.pattern}", pc.match_substring_regex(values, f"^(?:{kind.pattern})")
    if kind.minimum is not None:
        yield f"must be at least {kind.minimum:g}", pc.greater_equal(values, kind.minimum)
    if kind.maximum is not None:
        yield f"must be at most {kind.maximum:g}", pc.less_equal(values, kind.maximum)


def check_key(table: pa.Table, schema: TableSchema) -> list[Problem]:
    """Return a problem where a key stands twice; the table needs no other columns."""
    import pyarrow.compute as pc

    counts = table.select(list(schema.key)).group_by(list(schema.key)).aggregate([([], "count_all")])
    double = counts.filter(pc.greater(counts["count_all"], 1)).drop_columns("count_all")
    if not double.num_rows:
        return []
    return [
        Problem(
            schema.name,
            f"key ({', '.join(schema.key)}) not unique",
            name_rows(double, schema, list(range(double.num_rows))),
        )
    ]


def _reference(table: pa.Table, schema: TableSchema, reference: Reference, target: pa.Table) -> list[Problem]:
    """A row of which one of the columns is null refers to nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows: Any = pa.array(range(table.num_rows), pa.int64())
    columns = [table[name].combine_chunks() for name in reference.columns]
    if pa.types.is_list(columns[0].type):
        rows = rows.take(pc.list_parent_indices(columns[0]))
        columns = [pc.list_flatten(columns[0])]
    there = pc.unique(_joined([target[name].combine_chunks() for name in reference.to]))
    pointing = _joined(columns)
    lost = pc.and_(pc.is_valid(pointing), pc.invert(pc.is_in(pointing, value_set=there)))
    bad = sorted(set(rows.filter(lost).to_pylist()))
    if not bad:
        return []
    rule = f"({', '.join(reference.columns)}) not found in {reference.table}"
    return [Problem(schema.name, rule, name_rows(table, schema, bad))]


def _joined(columns: list[Any]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [column if pa.types.is_string(column.type) else pc.cast(column, pa.string()) for column in columns]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")


def _rule(table: pa.Table, schema: TableSchema, name: str) -> list[Problem]:
    import pyarrow.compute as pc

    bad = pc.fill_null(RULES[name](table), False)
    rows = pc.indices_nonzero(bad).to_pylist()
    return [Problem(schema.name, name.replace("_", " "), name_rows(table, schema, rows))] if rows else []


def _value_only_when_reported(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    return pc.xor(pc.equal(table["status"], "reported"), pc.is_valid(table["value"]))


def _standard_value_has_a_unit(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    return pc.xor(pc.is_valid(table["value_std"]), pc.is_valid(table["unit_std"]))


def _one_current_version(table: pa.Table) -> Any:
    return _not_once(table, ["report_id"], "is_current")


def _one_preferred_document(table: pa.Table) -> Any:
    return _not_once(table, ["report_id", "version"], "preferred")


def _residual_is_left_minus_right(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    off = pc.abs(pc.subtract(table["residual"], pc.subtract(table["left"], table["right"])))
    unevaluated = pc.xor(pc.is_valid(table["residual"]), pc.not_equal(table["status"], "not_evaluable"))
    return pc.or_(pc.fill_null(pc.greater(off, 1e-6), False), unevaluated)


def _places_in_step(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    return pc.not_equal(pc.list_value_length(table["indicators"]), pc.list_value_length(table["locators"]))


def _terms_in_step(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    lengths = [pc.list_value_length(table[name]) for name in ("indicators", "term_reports", "term_documents")]
    several = pc.greater(pc.list_value_length(table["report_ids"]), 1)
    off = pc.or_(pc.not_equal(lengths[0], lengths[1]), pc.not_equal(lengths[0], lengths[2]))
    return pc.or_(pc.fill_null(off, False), pc.and_(several, pc.is_null(table["term_reports"])))


def _missing_has_a_reason(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    # A row either adds reports or says why it does not.
    return pc.equal(pc.greater(pc.list_value_length(table["report_ids"]), 0), pc.is_valid(table["missing_reason"]))


def _ratio_or_reason(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    ratio = pc.divide(table["numerator"], table["denominator"])
    off = pc.greater(pc.abs(pc.subtract(table["value"], ratio)), 1e-12)
    return pc.or_(pc.fill_null(off, False), pc.equal(pc.is_valid(table["value"]), pc.is_valid(table["missing_reason"])))


def _agreed_has_a_text(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    return pc.xor(pc.equal(table["status"], "agreed"), pc.is_valid(table["value_text"]))


def _changed_cell_has_a_column(table: pa.Table) -> Any:
    import pyarrow.compute as pc

    off = pc.xor(pc.equal(table["change"], "changed"), pc.is_valid(table["column"]))
    return pc.and_(off, pc.not_equal(table["why"], "schema"))


def _not_once(table: pa.Table, keys: list[str], flag: str) -> Any:
    """Return a mask of the rows whose group does not have the flag exactly once."""
    import pyarrow as pa

    groups = list(zip(*(table[key].to_pylist() for key in keys), strict=True))
    flags = table[flag].to_pylist()
    counts = dict.fromkeys(groups, 0)
    for group, set_ in zip(groups, flags, strict=True):
        counts[group] += bool(set_)
    return pa.array([counts[group] != 1 for group in groups], pa.bool_())


#: Rules between columns by the name the schema gives; each marks the rows that break it.
RULES: dict[str, Callable[[Any], Any]] = {
    "value_only_when_reported": _value_only_when_reported,
    "standard_value_has_a_unit": _standard_value_has_a_unit,
    "one_current_version": _one_current_version,
    "one_preferred_document": _one_preferred_document,
    "residual_is_left_minus_right": _residual_is_left_minus_right,
    "places_in_step": _places_in_step,
    "terms_in_step": _terms_in_step,
    "missing_has_a_reason": _missing_has_a_reason,
    "ratio_or_reason": _ratio_or_reason,
    "agreed_has_a_text": _agreed_has_a_text,
    "changed_cell_has_a_column": _changed_cell_has_a_column,
}
