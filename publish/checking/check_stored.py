"""The tables of a release checked as they lie on disk, a group of rows at a time.

The one thing to know: what ``check_tables`` and ``check_identities`` find in tables in memory is found here too, in a
memory that does not grow with the figures; only tables with a row for each report or document are held whole, or some columns of
them. Rows stand in the order of the key, so that a key that stands twice is found where two groups of rows meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from publish.checking.identities import check_identities
from publish.checking.pieces import RowKey, key_at
from publish.checking.validate import Problem, check_key, check_tables, name_rows, order_by_key
from publish.files.of_reports import ObservationFiles
from publish.files.stored import Batches, StoredTables
from publish.schema.schemas import TableSchema

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE = "-sample"
#: Rules over several rows of a table.
_OVER_ROWS = frozenset({"one_current_version", "one_preferred_document"})
_COMPARED = ("report_id", "document_id", "locator", "indicator", "applicant", "value")


def check_stored(
    tables: StoredTables, schemas: Mapping[str, TableSchema], identities: list[dict[str, Any]], release: str
) -> list[Problem]:
    """Return what is wrong with the tables of a release: schemas, identities, invented rows beside real ones.

    Raises:
        ReleaseError: a file is no Parquet file; the message names it.
    """
    problems = [problem for name in tables for problem in _check_table(tables, schemas, name)]
    if not any(problem.rule == "columns" for problem in problems):
        problems += _check_identities(tables, schemas, identities)
        problems += mixed(tables, release)
    return problems


def mixed(tables: StoredTables, release: str) -> list[Problem]:
    """A release holds real or invented rows, never both, unless its name says that it is the sample."""
    import pyarrow.compute as pc

    if release.endswith(SAMPLE):
        return []
    problems = []
    kinds: set[bool] = set()
    for name in tables:
        if "synthetic" in tables.names(name):
            kinds |= set(pc.unique(tables.columns(name, "synthetic")["synthetic"]).to_pylist())
            if len(kinds) > 1:
                message = f"real and invented rows in one release; only a release named …{SAMPLE} may hold both"
                problems.append(Problem(name, "synthetic", message))
    return problems


def _check_table(tables: StoredTables, schemas: Mapping[str, TableSchema], name: str) -> Iterator[Problem]:
    schema = schemas[name]
    wanted: dict[str, dict[str, None]] = {}
    for reference in schema.references:
        if reference.table in tables:
            wanted.setdefault(reference.table, {}).update(dict.fromkeys(reference.to))
    told = {
        other: tables.columns(other, *columns)
        for other, columns in wanted.items()
        if other != name and columns.keys() <= set(tables.names(other))
    }
    whole = name in wanted or bool(_OVER_ROWS & set(schema.rules))
    for path in tables.files(name):
        last: RowKey | None = None
        for batch in [tables[name]] if whole else Batches([path]):
            problems = check_tables({**told, name: batch}, schemas, only=[name])
            yield from problems
            if any(problem.rule == "columns" for problem in problems):
                return
            if batch.num_rows:
                yield from _order(batch, schema, last)
                last = key_at(batch, schema.key, batch.num_rows - 1)
    yield from _in_two_files(tables, schema)


def _order(batch: pa.Table, schema: TableSchema, last: RowKey | None) -> Iterator[Problem]:
    """Yield a problem where rows do not stand in the order of the key, the last of the rows before them among those."""
    import pyarrow.compute as pc

    order = order_by_key(batch, schema)
    rule = f"rows not in the order of the key ({', '.join(schema.key)})"
    astray = pc.indices_nonzero(pc.less(order.slice(1), order.slice(0, len(order) - 1))).to_pylist()
    if astray:
        yield Problem(schema.name, rule, name_rows(batch, schema, [order[row + 1].as_py() for row in astray]))
    first = key_at(batch, schema.key, 0)
    if last is not None and first <= last:
        yield Problem(
            schema.name,
            f"key ({', '.join(schema.key)}) not unique" if first == last else rule,
            name_rows(batch, schema, [0]),
        )


def _in_two_files(tables: StoredTables, schema: TableSchema) -> Iterator[Problem]:
    """Yield a problem where a key stands in the files of two years."""
    import pyarrow as pa
    import pyarrow.compute as pc

    files, first = tables.files(schema.name), schema.key[0]
    seen: set[Any] = set()
    twice: set[Any] = set()
    for path in files if len(files) > 1 else ():
        found = {value for batch in Batches([path], [first]) for value in pc.unique(batch[first]).to_pylist()}
        twice |= found & seen
        seen |= found
    if twice:
        maybe = pa.array(sorted(twice))
        rows = [batch.filter(pc.is_in(batch[first], maybe)) for path in files for batch in Batches([path], schema.key)]
        yield from check_key(pa.concat_tables(rows), schema)


def _check_identities(
    tables: StoredTables, schemas: Mapping[str, TableSchema], identities: list[dict[str, Any]]
) -> Iterator[Problem]:
    """Yield what the figures do not bear out; of the observations those of the reports that some checks are over are in memory."""
    import pyarrow.compute as pc

    if not {"checks", "observations", "report_documents"} <= set(tables):
        return
    observations = ObservationFiles(tables.files("observations"), _COMPARED)
    links = tables.columns("report_documents", "report_id", "document_id")
    for batch in tables.batches("checks"):
        documents = pc.unique(pc.list_flatten(batch["document_ids"]))
        reports = links.filter(pc.is_in(links["document_id"], documents))["report_id"].to_pylist()
        if "term_reports" in batch.column_names:
            reports += pc.unique(pc.list_flatten(batch["term_reports"])).to_pylist()
        held: Mapping[str, pa.Table] = {"checks": batch, "observations": observations.of(sorted(set(reports)))}
        yield from check_identities(held, schemas, identities)
