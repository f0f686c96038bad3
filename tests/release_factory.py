"""Tables of small releases for tests: invented reports of three years, with blanks, formulas for names, and indicators."""

from __future__ import annotations

import json
from pathlib import Path

from flows.releasing.sharding import unit_rows
from publish.checking.complete import required_tables
from publish.checking.validate import canonical
from publish.files.release_files import write_checksums, write_tables
from publish.schema.schemas import SCHEMA_VERSION, load_schemas, to_dict
from tests.report_factory import FIGURES, identity, reading, record
from tests.whole_line import assemble
from transform.forms.form import load_identities
from transform.panel.indicators import ratios_of
from transform.reports.parts import to_table
from transform.tables.assemble import unit_rows_of

VERSION = "2026.11.0-sample"
OLD_FORM = {
    "requests_received": "12",
    "asked_to_clarify": "2",
    "already_public": "1",
    "granted_full": "6",
    "replies_total": "",
}
#: A spreadsheet would take it for a formula.
FORMULA = '=HYPERLINK("http://evil.example","政府")'


def readings(**changed: str):
    """Return the readings of a small release; ``changed`` are figures of the report on 2022 that are printed otherwise."""
    return [
        reading("a", FIGURES | changed),
        reading(
            "b",
            FIGURES | {"review_total": "8", "res_np_petition[total]": "", "res_unable_not_held[total]": "/"},
            who=identity(year=2021),
        ),
        reading("c", OLD_FORM, form="sc_2014", who=identity(year=2016, publisher=FORMULA)),
    ]


def release_tables(found=None, records=None):
    """Return the tables of a release with panel, indicators and both at the boundaries of 2024."""
    found = readings() if found is None else found
    if records is None:
        records = [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abc", 1)]
    tables = assemble(to_table(found), records, units=units())
    ratios = {"indicators": ratios_of(tables["panel"]), "indicators_2024": ratios_of(tables["panel_2024"])}
    return whole(tables | ratios)


def whole(tables):
    """Return tables with those beside them, empty, that every release holds."""
    import pyarrow as pa

    if "units" not in tables:
        kinds = set(tables["reports"]["synthetic"].to_pylist())
        tables = tables | {"units": pa.Table.from_pylist(unit_rows_of(unit_rows(), kinds))}
    return {name: pa.table({}) for name in required_tables(SCHEMA_VERSION) if name != "changes"} | tables


def write_folder(directory: Path, tables, version: str = VERSION) -> Path:
    """Write tables and their schema as a release has them, without all else and unchecked; return the folder."""
    import pyarrow as pa

    tables = {"changes": pa.table({})} | dict(tables)
    schemas = {name: schema for name, schema in load_schemas().items() if name in tables}
    directory.mkdir(parents=True)
    write_tables(directory, {name: canonical(table, schemas[name], version) for name, table in tables.items()}, schemas)
    told = {"schema_version": SCHEMA_VERSION, "release": version, "tables": [to_dict(s) for s in schemas.values()]}
    told["identities"] = [
        {"id": i.id, "form": i.form, "expression": i.expression, "status": i.status} for i in load_identities()
    ]
    (directory / "schema.json").write_text(json.dumps(told), encoding="utf-8")
    write_checksums(directory, version)
    return directory


def units():
    return [row for row in unit_rows() if row["unit_id"].startswith("CN-99")]
