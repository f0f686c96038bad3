"""Why a row or cell differs between two releases, from what both of them hold.

Comes in: the table ``difference`` of ``publish/compare/changes.py`` (one table's rows and cells that differ) and the two releases.
Goes out: rows of ``changes`` with ``why``. The one thing to know: every answer rests on a fact in the releases (which
documents each of them knows, versions, who read a cell, fingerprints of what they were made from); more than one such
fact gives ``several``, none ``unknown``. What is computed (panel, indicators, checks) is explained by what changed in the
reports of its unit and year; where nothing changed there, by the one thing in which the releases differ, if it is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.files.made_from import READER_PARTS, REGISTRIES, differs
from publish.schema.sql import no_rows, rows_in

if TYPE_CHECKING:
    from publish.compare.side import ReleaseSide

_PRINTED = "\"table\" IN ('observations', 'reports', 'report_documents')"
_CARRIED = ("report_id", "document_id", "unit_id", "year", "indicator", "applicant")


def load_facts(connection: Any, old: ReleaseSide, new: ReleaseSide) -> None:
    """Put what the explanations rest on into the connection: reports, documents and readings by hand of both releases."""
    link = {"report_id": "VARCHAR", "version": "SMALLINT"}
    read = {
        "document_id": "VARCHAR",
        "locator": "VARCHAR",
        "indicator": "VARCHAR",
        "applicant": "VARCHAR",
        "texts": "VARCHAR[]",
    }
    for side, release in (("o", old), ("n", new)):
        _load(connection, f"{side}_documents", release.files("documents"), {"document_id": "VARCHAR"})
        _load(connection, f"{side}_links", release.files("report_documents"), link | {"document_id": "VARCHAR"})
        about = {"unit_id": "VARCHAR", "year": "SMALLINT", "last_seen": "VARCHAR"}
        _load(connection, f"{side}_reports", release.files("reports"), link | about)
        _load(connection, f"{side}_readings", release.files("hand_readings"), read)
    connection.execute(_FACTS)
    reader = _why_read_otherwise(old, new)
    registries = "reference" if differs(old.made_from, new.made_from, *REGISTRIES) else None
    connection.execute(
        "CREATE TABLE released AS SELECT ? AS previous, ?::VARCHAR AS reader, ?::VARCHAR AS reference",
        [old.name, reader, registries],
    )


def explain(connection: Any, table: str) -> None:
    """Add the rows of ``difference`` to ``changes``, each with its reason."""
    has = {row[0] for row in connection.execute("DESCRIBE difference").fetchall()}
    carried = ", ".join(f"{_either(name, has)} AS {name}_" for name in _CARRIED)
    told = {
        name: [f'"{side}_{name}"' if f"{side}_{name}" in has else "NULL" for side in "on"]
        for name in ("reader", "texts", "last_tried_at")
    }
    version = _either("version", has)
    first = f"{_either('report_ids', has)}[1]" if "n_report_ids" in has else "NULL"
    connection.execute(
        _EXPLAINED.format(
            carried=carried,
            version=version,
            first=first,
            table=table,
            why=_WHY.get(table, _COMPUTED),
            printed=_PRINTED,
            by_person=f"coalesce({told['reader'][0]} = 'human', false) OR coalesce({told['reader'][1]} = 'human', false)",
            people=f"{told['texts'][0]} IS DISTINCT FROM {told['texts'][1]}",
            tried=f"{told['last_tried_at'][0]} IS DISTINCT FROM {told['last_tried_at'][1]}",
        )
    )


def _why_read_otherwise(old: ReleaseSide, new: ReleaseSide) -> str | None:
    """Return what can make one document give two things; None where the same reader read it, or nothing tells."""
    if not differs(old.made_from, new.made_from, *READER_PARTS):
        return None
    return "reader" if differs(old.made_from, new.made_from, *(set(READER_PARTS) - {"divisions"})) else "reference"


def _either(name: str, has: set[str]) -> str:
    sides = [f'"{side}_{name}"' for side in "no" if f"{side}_{name}" in has]
    return (
        f"coalesce({', '.join(sides)})"
        if sides
        else "NULL::SMALLINT"
        if name in ("year", "version")
        else "NULL::VARCHAR"
    )


def _load(connection: Any, name: str, files: list[Path], columns: dict[str, str]) -> None:
    rows = f"SELECT {', '.join(columns)} FROM {rows_in(files)}" if files else no_rows(columns)
    connection.execute(f"CREATE TABLE {name} AS {rows}")


#: ``revised``: new versions of reports the old release knew, of which none of their own documents was known.
_FACTS = """
CREATE MACRO verdict(whys) AS
    CASE len(list_distinct(whys)) WHEN 0 THEN 'unknown' WHEN 1 THEN list_distinct(whys)[1] ELSE 'several' END;
CREATE TABLE o_places AS SELECT *, row_number() OVER (PARTITION BY report_id, document_id ORDER BY version) AS place FROM o_links;
CREATE TABLE n_places AS SELECT *, row_number() OVER (PARTITION BY report_id, document_id ORDER BY version) AS place FROM n_links;
CREATE TABLE fresh AS FROM n_documents ANTI JOIN o_documents USING (document_id);
CREATE TABLE gone AS FROM o_documents ANTI JOIN n_documents USING (document_id);
CREATE TABLE by_hand AS SELECT DISTINCT document_id FROM (
    (FROM o_readings EXCEPT FROM n_readings) UNION ALL (FROM n_readings EXCEPT FROM o_readings));
CREATE TABLE revised AS
    WITH own AS (SELECT report_id, document_id, min(version) AS version FROM n_links GROUP BY ALL)
    SELECT report_id, version FROM own WHERE version > 1 AND report_id IN (SELECT report_id FROM o_reports)
    GROUP BY ALL HAVING bool_and(document_id IN (SELECT document_id FROM fresh));
CREATE TABLE versions AS
    SELECT report_id, version, bool_or(f.document_id IS NOT NULL) AS fresh, bool_and(f.document_id IS NOT NULL) AS all_fresh,
           bool_or(g.document_id IS NOT NULL) AS gone, bool_or(h.document_id IS NOT NULL) AS hand
    FROM (FROM n_links UNION FROM o_links) LEFT JOIN fresh f USING (document_id) LEFT JOIN gone g USING (document_id)
    LEFT JOIN by_hand h USING (document_id) GROUP BY ALL;
CREATE TABLE about AS
    WITH o AS (SELECT report_id, min(unit_id) AS unit_id, min(year) AS year, max(last_seen) AS seen FROM o_reports GROUP BY 1),
         n AS (SELECT report_id, min(unit_id) AS unit_id, min(year) AS year, max(last_seen) AS seen FROM n_reports GROUP BY 1)
    SELECT report_id, coalesce(n.unit_id, o.unit_id) AS unit_id, coalesce(n.year, o.year) AS year, coalesce(n.seen <> o.seen, false) AS seen_again,
           report_id IN (SELECT report_id FROM revised) AS revised
    FROM o FULL OUTER JOIN n USING (report_id);
CREATE TABLE of_document AS SELECT document_id, min(report_id) AS report_id FROM (FROM n_links UNION FROM o_links) GROUP BY 1;
"""
#: A row or cell as a document prints it.
_CELL = """CASE
    WHEN change = 'added' AND v.report_id IS NOT NULL AND x.version IS NOT NULL THEN 'revision'
    WHEN change = 'added' AND f.document_id IS NOT NULL THEN 'new_source'
    WHEN change = 'removed' AND g.document_id IS NOT NULL THEN 'lost_source'
    WHEN change = 'changed' AND by_person AND "column" <> 'consistency' THEN 'review'
    WHEN change = 'changed' AND "column" = 'consistency' AND h.document_id IS NOT NULL THEN verdict(['review', r.reader])
    ELSE verdict([r.reader]) END"""
#: A report: its versions and documents; with the same ones the reader, readings by hand, and what the portals say of it.
_REPORT = """CASE
    WHEN change = 'added' AND x.version IS NOT NULL THEN 'revision'
    WHEN change = 'added' AND v.all_fresh THEN 'new_source'
    WHEN change = 'removed' AND v.gone THEN 'lost_source'
    WHEN "column" IN ('is_current', 'preferred', 'preference') AND a.revised THEN 'revision'
    WHEN "column" = 'is_current' AND a.seen_again THEN 'crawl'
    WHEN "column" IN ('attribution', 'unit_evidence', 'year_evidence') AND r.reference IS NOT NULL THEN verdict([r.reference, r.reader])
    WHEN v.fresh OR v.gone OR v.hand OR r.reader IS NOT NULL THEN verdict([
        CASE WHEN v.fresh THEN 'new_source' END, CASE WHEN v.gone THEN 'lost_source' END, CASE WHEN v.hand THEN 'review' END, r.reader])
    WHEN a.seen_again THEN 'crawl' ELSE 'unknown' END"""
_COMPUTED = "CASE WHEN len(u.whys) > 0 THEN verdict(u.whys) ELSE verdict(e.whys) END"
_WHY = {
    "observations": _CELL,
    "leftovers": _CELL,
    "documents": "CASE WHEN change = 'added' THEN 'new_source' WHEN change = 'removed' THEN 'lost_source' ELSE verdict([r.reader]) END",
    "report_documents": f"CASE WHEN change = 'added' AND x.version IS NULL AND f.document_id IS NOT NULL THEN 'new_source' ELSE {_REPORT} END",
    "reports": _REPORT,
    "attributions": """CASE WHEN len(u.whys) > 0 THEN verdict(u.whys)
        WHEN r.reference IS NOT NULL OR r.reader IS NOT NULL THEN verdict([r.reference, r.reader])
        WHEN a.seen_again THEN 'crawl' ELSE verdict(e.whys) END""",
    "sections": _REPORT,
    "revisions": _REPORT,
    "units": "verdict([r.reference])",
    "hand_readings": "CASE WHEN change <> 'changed' OR people THEN 'review' ELSE verdict([r.reader]) END",
    "coverage": f"""CASE WHEN len(u.whys) > 0 THEN verdict(u.whys) WHEN tried THEN 'crawl'
        WHEN r.reference IS NOT NULL OR r.reader IS NOT NULL THEN verdict([r.reference, r.reader]) ELSE {_COMPUTED} END""",
}
_EXPLAINED = """
INSERT INTO changes BY NAME
WITH keyed AS (
        SELECT row_key, change, "column", old, new, {carried}, {version} AS version_, CAST({first} AS VARCHAR) AS first_,
               {by_person} AS by_person, {people} AS people, {tried} AS tried FROM difference
    ), placed AS (
        SELECT k.* EXCLUDE (report_id_), coalesce(report_id_, d.report_id) AS report_, coalesce(report_id_, d.report_id, first_) AS some_report
        FROM keyed k LEFT JOIN of_document d ON d.document_id = k.document_id_
    ), units AS (
        SELECT unit_id, year, list(DISTINCT why ORDER BY why) AS whys FROM changes WHERE {printed} GROUP BY ALL
    ), everywhere AS (
        SELECT list(DISTINCT why ORDER BY why) AS whys FROM (
            SELECT why FROM changes WHERE {printed} UNION ALL SELECT reader FROM released UNION ALL SELECT reference FROM released
            UNION ALL SELECT 'review' FROM by_hand)
        WHERE why IS NOT NULL
    )
SELECT '{table}' AS "table", row_key, change, "column", old, new, coalesce({why}, 'unknown') AS why, coalesce(unit_id_, a.unit_id) AS unit_id,
       coalesce(year_, a.year) AS year, report_ AS report_id, document_id_ AS document_id, indicator_ AS indicator,
       applicant_ AS applicant, r.previous
FROM placed p CROSS JOIN released r CROSS JOIN everywhere e
LEFT JOIN about a ON a.report_id = p.some_report
LEFT JOIN units u ON u.unit_id = coalesce(p.unit_id_, a.unit_id) AND u.year IS NOT DISTINCT FROM coalesce(p.year_, a.year)
LEFT JOIN versions v ON v.report_id = p.report_ AND v.version = p.version_
LEFT JOIN revised x ON x.report_id = p.report_ AND x.version = p.version_
LEFT JOIN fresh f ON f.document_id = p.document_id_
LEFT JOIN gone g ON g.document_id = p.document_id_
LEFT JOIN by_hand h ON h.document_id = p.document_id_
"""
