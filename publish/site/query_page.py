"""The query page of ``gongkai explore``: a form, the answer as a table, examples, and what there is to ask."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from publish.schema.safe_text import safe_text
from publish.site.pages import render
from publish.site.query import Answer

EXAMPLES = (
    (
        "Units whose reports do not add up",
        "勾稽不符的年报",
        'SELECT report_id, identity, "left", "right", residual FROM checks, unnest(report_ids) AS r(report_id) '
        "WHERE status = 'broken' AND severity = 'exact' AND is_current ORDER BY report_id",
    ),
    (
        "Refusals over time, with how surely they were read",
        "历年不予公开及识读可靠程度",
        "SELECT unit_id, year, requests_decided, refused_exempt_2019, refused_exempt_2019_read, refused_exempt_2019_ok FROM panel "
        "WHERE year >= 2019 ORDER BY unit_id, year",
    ),
    (
        "What was due and not found",
        "应公布而未找到",
        "SELECT * FROM coverage WHERE expected AND status NOT IN ('found', 'late') ORDER BY unit_id, year",
    ),
)


def query_page(
    version: str, tables: Mapping[str, Sequence[tuple[str, str]]], sql: str, answer: Answer | None, error: str | None
) -> str:
    """Return the page with an answer, a refusal, or neither."""
    return render(
        "query.html",
        "/site/",
        version=version,
        sql=sql or EXAMPLES[0][2],
        answer=answer,
        error=error,
        tables=tables,
        examples=EXAMPLES,
    )


def answer_csv(answer: Answer) -> str:
    """Return an answer as CSV that opens in a spreadsheet: byte order mark, no text that starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(answer.columns)
    for row in answer.rows:
        writer.writerow([safe_text(value) if isinstance(value, str) else value for value in row])
    return "﻿" + out.getvalue()
