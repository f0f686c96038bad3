"""``gongkai diff``: what changed between two release folders, as a table or as rows in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.commands import options as shared
from flows.terminal.output import DONE, format_of, written


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "diff",
        run,
        "what changed from one release to another, and why",
        "Print what was added, removed and changed, by table and reason and by table, province and year. The file has every\n"
        "row with both values, as the table changes of a release has them against the release it replaces.",
        "gongkai diff data/home/releases/2026.11.0 data/home/releases/2026.12.0 -o changes.csv",
    )
    command.add_argument("old", metavar="OLD", type=Path, help="the folder of the earlier release")
    command.add_argument("new", metavar="NEW", type=Path, help="the folder of the later release")
    command.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write the rows: a .parquet, .csv or .json file"
    )


def run(options: shared.Options) -> int:
    """Call ``diff`` as the options say."""
    return diff(options.old, options.new, options.output)


def diff(old: Path, new: Path, output: Path | None = None) -> int:
    """Print what changed, by table and reason and by table, province and year; write the rows to ``output`` if given.

    Raises:
        UsageError: a folder holds no release, or the file is of another kind.
    """
    from flows.terminal.show import columns
    from publish.compare.change_summary import by_place, by_reason
    from publish.compare.changes import compared
    from publish.compare.side import side_of

    if output is not None:
        format_of(output)
    before, now = side_of(old), side_of(new)
    with compared(before, now) as connection:
        if output is not None:
            _write(output, connection)
        reasons = by_reason(connection)
        if len(reasons) == 1:
            print(f"{before.name} and {now.name} hold the same")
            return DONE
        print(f"from {before.name} to {now.name}\n\n{columns(reasons)}\n\n{columns(by_place(connection))}")
    return DONE


def _write(output: Path, connection: object) -> None:
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    from publish.compare.changes import change_batches
    from publish.exports.csv_files import write_csv
    from publish.files.release_files import PARQUET
    from publish.schema.schemas import arrow_schema, load_schemas

    table = pa.Table.from_batches(list(change_batches(connection)), arrow_schema(load_schemas()["changes"]))
    kind = format_of(output)
    with written(output) as aside:
        if kind == ".parquet":
            pq.write_table(table, aside, **PARQUET)
        elif kind == ".csv":
            write_csv(aside, [table])
        else:
            aside.write_text(json.dumps(table.to_pylist(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
