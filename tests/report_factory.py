"""Small reports built by hand for the tests of parts, tables and releases; every place in them is invented (code 99)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from extract.record import Record
from transform.observation import Leftover, Observation, ReportIdentity, ReportReading, Section
from transform.observations.checks import evaluate, with_consistency
from transform.recognition.values import parse_value, standardise

UNIT = "CN-990102"
CODE = "990102"
PUBLISHER = "示例市乙区人民政府"

#: A 2021 report in small: the total column of Table 3 and the reconsideration part of Table 4, all sums right.
FIGURES = {
    "req_new[total]": "30", "req_carried_in[total]": "2", "res_granted_full[total]": "11", "res_granted_part[total]": "3",
    "res_refused_state_secret[total]": "1", "res_refused_law_prohibits[total]": "0",
    "res_refused_security_stability[total]": "0", "res_refused_third_party[total]": "2", "res_refused_internal[total]": "1",
    "res_refused_deliberative[total]": "0", "res_refused_enforcement_file[total]": "0",
    "res_refused_registry_query[total]": "1", "res_unable_not_held[total]": "6", "res_unable_needs_creation[total]": "0",
    "res_unable_unclear[total]": "0", "res_np_petition[total]": "1", "res_np_duplicate[total]": "0",
    "res_np_publication[total]": "0", "res_np_excessive[total]": "0", "res_np_confirm[total]": "0",
    "res_other_not_clarified[total]": "2", "res_other_fee_unpaid[total]": "0", "res_other_residual[total]": "1",
    "res_total[total]": "29", "req_carried_out[total]": "3",
    "review_upheld": "4", "review_corrected": "1", "review_other": "2", "review_pending": "0", "review_total": "7",
    "admin_fees.amount": "12.5",
}
UNITS = {"admin_fees.amount": "万元"}


def document_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def identity(**changes) -> ReportIdentity:
    told = {
        "unit_id": UNIT, "jurisdiction_code": CODE, "jurisdiction": "乙区", "publisher": PUBLISHER,
        "subject_kind": "government", "subject_evidence": "title", "scope": "region", "scope_evidence": "全区",
        "year": 2022, "title": "示例市乙区2022年政府信息公开工作年度报告", "published_on": "2023-01-20", "synthetic": True,
    }
    return ReportIdentity(**(told | changes))


NOBODY = {
    "unit_id": None, "jurisdiction_code": None, "jurisdiction": None, "publisher": None, "subject_kind": "unknown",
    "subject_evidence": None, "scope": "unknown", "scope_evidence": None, "year": None, "title": None, "published_on": None,
}


def observation(name: str, text: str, number: int, *, form: str = "sc_2021", reading: str = "confirmed") -> Observation:
    indicator, _, applicant = name.partition("[")
    parsed = parse_value(text)
    unit = UNITS.get(name, "件")
    value_std, unit_std = standardise(parsed.value, unit)
    return Observation(
        form=form, indicator=indicator, applicant=applicant.rstrip("]") or None, value=parsed.value, value_text=text,
        unit=unit, value_std=value_std, unit_std=unit_std, source="table", status=parsed.status, reading=reading,
        consistency="uncovered", locator=f"t1 r{number} c2", reader="html lxml",
    )


def reading(
    name: str,
    figures: Mapping[str, str] | None = None,
    *,
    who: ReportIdentity | None = None,
    form: str | None = "sc_2021",
    media_type: str = "text/html",
    text: str = "全年收到申请30件。",
    quality: str = "confirmed",
    leftovers: tuple[Leftover, ...] = (),
) -> ReportReading:
    """Return what the document ``name`` says; its observations and checks follow from ``figures`` (text by cell)."""
    figures = FIGURES if figures is None else figures
    seen = [observation(n, t, i, form=form or "sc_2021", reading=quality) for i, (n, t) in enumerate(figures.items(), 1)]
    checks = evaluate(seen)
    return ReportReading(
        document_id=document_id(name), media_type=media_type, size=1000 + len(name), pages=None, identity=who or identity(),
        form=form if seen else None, status="read" if seen else "unreadable", reason=None if seen else "no official table",
        observations=tuple(with_consistency(seen, checks)), checks=tuple(checks), leftovers=leftovers,
        sections=(Section(1, "一、总体情况", text),) if text else (),
    )


def record(name: str, url: str, day: str = "2026-02-01", **changes) -> Record:
    told = {
        "url": url, "retrieved_at": f"{day}T08:00:00Z", "outcome": "ok", "kind": "report", "http_status": 200,
        "media_type": "text/html", "document_id": document_id(name), "size": 1000 + len(name),
        "warc_file": "a.warc.gz", "warc_offset": 100, "jurisdiction_code": CODE, "synthetic": True,
    }
    return Record(**(told | changes))
