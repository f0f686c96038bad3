"""The portal registry: a CSV file a person can review -> Portals.

One row says where one jurisdiction's (or zone's) reports are listed, by which family of software, and on what
evidence. Rows of grade D are leads: nothing found through them is attributed before the site's own SiteIDCode
(国办发〔2017〕47号: its first six characters are the division code) has confirmed whose it is.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError
from extract.fetching.urls import is_government_host
from extract.numbers import whole_number
from extract.portal import Portal

COLUMNS = (
    "portal_id",
    "jurisdiction_code",
    "host",
    "family",
    "list_url",
    "params",
    "site_id_code",
    "grade",
    "valid_from",
    "valid_to",
    "synthetic",
    "evidence",
    "last_verified",
)
REGISTRY_FILE = REFERENCE / "portals.csv"


def load_portals(path: str | Path = REGISTRY_FILE) -> list[Portal]:
    """Return the portals of a registry file, in the file's order.

    Columns: ``portal_id`` (unique), ``jurisdiction_code`` (six digits; empty for zones and other bodies without one),
    ``host`` (under gov.cn), ``family`` (a module of extract/portals), ``list_url`` (http or https, under gov.cn),
    ``params`` (a JSON object of strings, or empty), ``site_id_code`` (the site's own 网站标识码, or empty), ``grade``
    (A to D), ``valid_from`` and ``valid_to`` (report years, or empty), ``synthetic`` (true or false; true exactly for
    codes of the invented province 99), ``evidence`` and ``last_verified`` (for the reviewer).

    Raises:
        ReferenceDataError: names the file, the line and the column.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{path}: cannot be read as UTF-8 ({error}); give a portal registry") from error
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ReferenceDataError(f"{path} line 1: the columns are {reader.fieldnames}; they must be {list(COLUMNS)}")
    portals: list[Portal] = []
    seen: dict[str, int] = {}
    for row in reader:
        portal = _portal(row, f"{path} line {reader.line_num}")
        if portal.portal_id in seen:
            first = seen[portal.portal_id]
            raise ReferenceDataError(
                f"{path} line {reader.line_num}: portal_id {portal.portal_id} stands already in line {first}"
            )
        seen[portal.portal_id] = reader.line_num
        portals.append(portal)
    return portals


def _portal(row: dict[str, str], place: str) -> Portal:
    from extract.portals.find_reports import FAMILIES

    def fail(column: str, what: str) -> ReferenceDataError:
        return ReferenceDataError(f"{place}, column {column}: {what}")

    if None in row or any(value is None for value in row.values()):
        raise ReferenceDataError(f"{place}: the row has not {len(COLUMNS)} fields")
    row = {column: value.strip() for column, value in row.items()}
    if not row["portal_id"]:
        raise fail("portal_id", "is empty")
    code = row["jurisdiction_code"]
    if code and not re.fullmatch(r"\d{6}", code):
        raise fail("jurisdiction_code", f"{code!r} is not six digits")
    if row["family"] not in FAMILIES:
        raise fail("family", f"{row['family']!r} is none of {', '.join(sorted(FAMILIES))}")
    if row["grade"] not in ("A", "B", "C", "D"):
        raise fail("grade", f"{row['grade']!r} is none of A, B, C, D")
    address = urlsplit(row["list_url"])
    if address.scheme not in ("http", "https") or not is_government_host(address.hostname):
        raise fail("list_url", f"{row['list_url']!r} is not an http(s) address under gov.cn")
    if not is_government_host(row["host"]):
        raise fail("host", f"{row['host']!r} does not lie under gov.cn")
    if row["synthetic"] not in ("true", "false"):
        raise fail("synthetic", f"{row['synthetic']!r} is neither true nor false")
    synthetic = row["synthetic"] == "true"
    if synthetic != code.startswith("99"):
        raise fail("synthetic", f"is {row['synthetic']} for code {code!r}; it is true exactly for the province 99")
    return Portal(
        portal_id=row["portal_id"],
        jurisdiction_code=code,
        host=row["host"].lower(),
        family=row["family"],
        list_url=row["list_url"],
        params=_params(row["params"], fail),
        site_id_code=row["site_id_code"] or None,
        grade=row["grade"],
        valid_from=_year(row, "valid_from", fail),
        valid_to=_year(row, "valid_to", fail),
        synthetic=synthetic,
    )


def _params(text: str, fail) -> dict[str, str]:
    if not text:
        return {}
    try:
        params = json.loads(text)
    except ValueError as error:
        raise fail("params", f"is not JSON ({error})") from error
    if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
        raise fail("params", "must be a JSON object whose values are strings")
    return params


def _year(row: dict[str, str], column: str, fail) -> int | None:
    if not row[column]:
        return None
    if not re.fullmatch(r"20\d\d", row[column]):
        raise fail(column, f"{row[column]!r} is not a year")
    return whole_number(row[column])
