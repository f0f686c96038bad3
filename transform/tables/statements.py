"""Official statements that there is no report on a year: a CSV file a person can review -> Statements.

The one thing to know: no crawl can find out that a report was never made. The body itself must have said so, in an answer
to a request, a notice, or a later report; whoever enters the row has read that, and names where it stands.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError
from extract.fetching.urls import is_government_host

STATEMENTS_FILE = REFERENCE / "statements.csv"
COLUMNS = ("jurisdiction_code", "year", "stated_by", "stated_on", "source_url", "wording")


@dataclass(frozen=True)
class Statement:
    """A body's own word that there is no report on a year: who said it, when, where, and what, in our words."""

    jurisdiction_code: str
    year: int
    stated_by: str
    stated_on: str
    source_url: str
    wording: str


def load_statements(path: str | Path = STATEMENTS_FILE) -> list[Statement]:
    """Return the official statements of a reviewed file that a year's report does not exist, in the file's order.

    Columns: ``jurisdiction_code`` (six digits), ``year`` (the report year), ``stated_by`` (the body that said so),
    ``stated_on`` (YYYY-MM-DD), ``source_url`` (under gov.cn), ``wording`` (what it says, in our words).

    Raises:
        ReferenceDataError: names the file, the line and the column.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{path}: cannot be read as UTF-8 ({error}); restore it") from error
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ReferenceDataError(f"{path} line 1: the columns must be {list(COLUMNS)}")
    statements: dict[tuple[str, str], Statement] = {}
    for row in reader:
        wrong = [c for c in COLUMNS if not (row[c] or "").strip()]
        wrong += [] if re.fullmatch(r"\d{6}", row["jurisdiction_code"] or "") else ["jurisdiction_code"]
        wrong += [] if re.fullmatch(r"20\d\d", row["year"] or "") else ["year"]
        wrong += [] if re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", row["stated_on"] or "") else ["stated_on"]
        wrong += [] if is_government_host(urlsplit(row["source_url"] or "").hostname) else ["source_url"]
        key = (str(row["jurisdiction_code"]), str(row["year"]))
        if wrong or None in row or key in statements:
            what = (
                f"column {wrong[0]} is empty or malformed" if wrong else "too many fields, or a second row of this year"
            )
            raise ReferenceDataError(f"{path} line {reader.line_num}: {what}")
        values = {column: row[column].strip() for column in COLUMNS}
        statements[key] = Statement(**{**values, "year": int(values["year"])})  # type: ignore[arg-type]
    return list(statements.values())
