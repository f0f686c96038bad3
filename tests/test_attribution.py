"""Whose figures, of which year: no figure ends in another's row, and what is normal is not doubted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache

import pytest

from extract.documents.read_document import read_document
from extract.portals.registry import load_portals
from extract.record import Record
from flows.todo.items import hints_of
from tests.report_factory import identity, reading, record
from tests.whole_line import assemble
from transform.attribution.rules import RULES_FILE, load_rules
from transform.observation import Evidence, ReportIdentity
from transform.places.jurisdictions import unit_in_year
from transform.reports.parts import to_table
from transform.reports.read_report import read_report
from transform.versions.decisions import ATTRIBUTION, agreed_answer, decision_rows
from transform.versions.hand_readings import HandReading

#: Districts of the invented city: unit, code of today, host, and the years in which it is there.
DISTRICTS = (
    ("CN-990102", "990102", "www.dongliqu-99.gov.cn", range(2008, 2025)),
    ("CN-990103", "990103", "www.xiliqu-99.gov.cn", range(2008, 2025)),
    ("CN-990104", "990104", "www.nanliqu-99.gov.cn", range(2008, 2025)),
    ("CN-990105", "990105", "www.beiliqu-99.gov.cn", range(2008, 2020)),
    ("CN-990106", "990106", "www.yanghequ-99.gov.cn", range(2008, 2025)),
    ("CN-990107", "990117", "www.linfanqu-99.gov.cn", range(2008, 2025)),
    ("CN-990109", "990109", "www.gaoliqu-99.gov.cn", range(2008, 2025)),
)
CITY, CITY_HOST = "990100", "www.shilishi-99.gov.cn"


@dataclass(frozen=True)
class Case:
    """What one document says and where it lay; ``unit`` and ``year`` are the truth, None where nobody can tell."""

    title: str | None
    unit: str | None
    year: int | None
    host: str
    code: str | None = None
    kind: str = "report"
    tag: str | None = None
    period: int | None = None
    opening: str = "依法公开。"
    published: str | None = None
    lines: tuple[str, ...] = ()
    site_code: str | None = None
    link: str | None = None
    told_year: int | None = None
    sure: bool = False
    figures: tuple[int, int, int, int] | None = None
    normal: bool = True


def page(case: Case, figures: tuple[int, ...]) -> bytes:
    """The case as a portal prints it, with the reconsideration part of Table 4."""
    tags = [f'<meta name="ArticleTitle" content="{case.tag}">'] if case.tag else []
    tags += [f'<meta name="PubDate" content="{case.published}">'] if case.published else []
    tags += [f'<meta name="SiteIDCode" content="{case.site_code}0001">'] if case.site_code else []
    lines = [*(case.title or "").split("\n"), *case.lines]
    if case.period:
        lines.append(f"本报告所列数据的统计期限自{case.period}年1月1日起，至{case.period}年12月31日止。")
    text = "".join(f"<p>{line}</p>" for line in [*lines, "一、总体情况", case.opening] if line)
    head = "<tr>" + "".join(f"<td>{t}</td>" for t in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")) + "</tr>"
    cells = "".join(f"<td>{figure}</td>" for figure in (*figures, sum(figures)))
    table = f'<table><tr><td colspan="5">行政复议</td></tr>{head}<tr>{cells}</tr></table>'
    body = f"{text}<p>四、政府信息公开行政复议、行政诉讼情况</p>{table}"
    return f"<html><head>{''.join(tags)}</head><body>{body}</body></html>".encode()


def name_in(unit: str, year: int) -> str:
    return unit_in_year(unit, year, synthetic=True).name


def normal(number: int, unit: str, code: str, host: str, year: int) -> list[Case]:
    """One unremarkable document, in another of the usual shapes each year."""
    name = name_in(unit, year)
    full = f"示例市{name}人民政府"
    title = f"{full}{year}年政府信息公开工作年度报告"
    own = {"unit": unit, "year": year, "host": host, "code": code, "opening": f"{year}年，我区依法公开。"}
    shapes = [
        Case(title, period=year, published=f"{year + 1}-01-20", **own),
        Case(f"{full}\n{year}年政府信息公开工作年度报告", period=year, **own),
        Case(f"示例市{name}\n人民政府{year}年\n政府信息公开工作年度报告", period=year, **own),
        Case(title, published=f"{year + 5}-06-01", period=year, **own),
        Case(title, **{**own, "opening": "依法公开。"}),
        Case(title, period=year, **{**own, "host": CITY_HOST, "code": CITY}),
        Case(f"{name}{year}年政府信息公开工作年度报告", period=year, site_code=code, **own),
        Case(title, tag=title, period=year, lines=(f"现将{year}年度政府信息公开工作报告公布如下：",), **own),
        Case(title, lines=(f"本报告由{name}人民政府办公室根据条例编制。",), period=year, **own),
        Case(
            f"{year}年政府信息公开工作年度报告",
            lines=(f"请与示例市{name}人民政府办公室联系。",),
            **{**own, "opening": f"{year}年，全区各部门依法公开，我区共公开信息。"},
        ),
        Case(title, period=year, **{**own, "kind": "import"}),
        Case(title, period=year, **{**own, "kind": "import", "host": "wenku.example.com"}),
        Case(title, period=year, **{**own, "kind": "import", "code": None}),
        Case(title, period=year, published=f"{year + 1}-12-30", link=f"{year}年年报", **own),
        Case(title, period=year, lines=("我局牵头，全区各部门配合。",), **own),
        Case(f"{name}人民政府政府信息公开工作年度报告\n（{year}年度）", period=year, **own),
    ]
    return [shapes[(year + number) % len(shapes)]]


def adversarial(number: int, unit: str, code: str, host: str, year: int) -> list[Case]:
    """One document that a careless reader gives to the wrong body or year; sometimes two that claim one row."""
    name = name_in(unit, year)
    full = f"示例市{name}人民政府"
    title = f"{full}{year}年政府信息公开工作年度报告"
    _, other_code, other_host, _ = DISTRICTS[number % 2]
    if other_code == code:
        _, other_code, other_host, _ = DISTRICTS[2]
    other_name = name_in(f"CN-{other_code}", year)
    own = {"unit": unit, "year": year, "host": host, "code": code, "period": year, "normal": False}
    stray = {**own, "unit": None}
    before = title.replace(str(year), str(year - 1))
    shapes = [
        # last year's number in the title, the rest says otherwise
        [Case(before, **{**own, "opening": f"{year}年，我区依法公开。", "published": f"{year + 1}-01-20"})],
        [Case(before, **{**own, "opening": f"{year}年，我区依法公开。"})],
        [Case(title.replace(str(year), str(year + 1)), **{**own, "published": f"{year + 1}-01-20"})],
        # a bureau's report under a government's tag, or title
        [Case("财政局年度工作\n", tag=title, **{**stray, "opening": f"{year}年，我局依法公开，我局积极答复。"})],
        [Case(title, **{**stray, "opening": f"{year}年，我局依法公开。"})],
        [Case(f"示例市{name}财政局{year}年政府信息公开工作年度报告", tag=title, **stray)],
        # hosts that nobody vouches for, or another district's
        [Case(title, **{**stray, "host": "mirror.example.com", "code": None, "kind": "import"})],
        [Case(title, **{**stray, "host": other_host, "code": other_code})],
        [Case(title, **{**stray, "site_code": other_code, "code": None, "host": "wz.example-99.gov.cn"})],
        # a tag that the title, the portal and the host outweigh
        [Case(title, site_code=other_code, **own)],
        # two files that claim one row
        [
            Case(title, figures=(11, 7, 5, 3), **stray),
            Case(title, figures=(40, 21, 33, 2), **{**stray, "published": f"{year + 2}-01-20"}),
        ],
        # places that are in no table
        [Case(title.replace(name, "某某区"), **{**stray, "host": CITY_HOST, "code": CITY})],
        [Case(title.replace(f"{name}人民政府", "某某开发区"), **{**stray, "host": CITY_HOST, "code": CITY})],
        [Case(title.replace(f"{name}人民政府", "某某开发区财政局"), **{**stray, "host": CITY_HOST, "code": CITY})],
        # what a person tells against the document
        [Case(title, **{**stray, "code": other_code, "kind": "import"})],
        [Case(title, **{**stray, "told_year": year - 1, "kind": "import"})],
        [
            Case(
                title,
                link=f"示例市{other_name}人民政府{year}年政府信息公开工作年度报告",
                **{**stray, "code": other_code},
            )
        ],
        # published before the year was over
        [Case(title, **{**stray, "published": f"{year}-05-20"})],
        # a sentence that names somebody else
        [
            Case(
                title,
                lines=(f"现公布示例市{other_name}财政局{year - 1}年政府信息公开工作年度报告。",),
                **{**own, "normal": True},
            )
        ],
    ]
    return shapes[(year * 5 + number) % len(shapes)]


@cache
def cases() -> list[tuple[Case, str, tuple[int, ...]]]:
    """All cases with the name of their document and their figures: no two in one row, and no two alike."""
    found: list[Case] = []
    for number, (unit, code, host, years) in enumerate(DISTRICTS):
        for year in years:
            kind = normal if (year + number) % 2 else adversarial
            found += kind(number, unit, code, host, year)
    for year in range(2008, 2025):
        title = f"示例市人民政府{year}年政府信息公开工作年度报告"
        found.append(Case(title, "CN-990100", year, CITY_HOST, CITY, period=year, opening=f"{year}年，我市依法公开。"))
    return [(case, f"case-{n}", case.figures or (100 + 7 * n, 3, 2, 1)) for n, case in enumerate(found)]


def record_of(case: Case, name: str, data: bytes) -> Record:
    return Record(
        url=f"https://{case.host}/{name}.html",
        retrieved_at="2026-02-01T08:00:00Z",
        outcome="ok",
        kind=case.kind,
        media_type="text/html",
        document_id=hashlib.sha256(data).hexdigest(),
        size=len(data),
        portal_id=f"{case.code}-{case.host}" if case.kind == "report" else None,
        jurisdiction_code=case.code,
        link_title=case.link,
        link_year=int(case.link[:4]) if case.link and case.link[:4].isdigit() else None,
        told_year=case.told_year,
        sure=case.sure or None,
        synthetic=True,
    )


def assembled(named: list[tuple[Case, str, tuple[int, ...]]]) -> dict[str, list[dict]]:
    readings, records = [], []
    for case, name, figures in named:
        data = page(case, figures)
        records.append(record_of(case, name, data))
        readings += read_report(read_document(data, name=name), hints_of(records[-1]))
    return {name: table.to_pylist() for name, table in assemble(to_table(readings), records).items()}


@cache
def tables() -> dict[str, list[dict]]:
    return assembled(cases())


def test_the_set_is_large_and_half_of_it_normal():
    whole = [case for case, _, _ in cases()]
    assert len(whole) >= 120
    assert 0.5 <= sum(case.normal for case in whole) / len(whole) <= 0.7


def test_no_figure_ends_in_another_row_of_the_panel():
    truth = {sum(figures): case for case, _, figures in cases()}
    wrong = []
    for row in tables()["panel"]:
        case = truth[row["review_total"]]
        if (row["unit_id"], row["year"]) != (case.unit, case.year):
            wrong.append((row["unit_id"], row["year"], case))
    assert wrong == []


def test_what_is_normal_is_in_the_panel_and_hardly_ever_doubted():
    panel = {(row["unit_id"], row["year"]): row["review_total"] for row in tables()["panel"]}
    wanted = [(case, sum(figures)) for case, _, figures in cases() if case.normal]
    lost = [case for case, figures in wanted if panel.get((case.unit, case.year)) != figures]
    assert len(lost) <= 0.05 * len(wanted), lost


def test_every_doubtful_report_says_why_and_stays_apart():
    doubtful = [row for row in tables()["reports"] if row["attribution"] == "doubtful"]
    assert len(doubtful) > 20
    in_panel = {row["report_id"] for row in tables()["panel"]}
    for row in doubtful:
        assert row["report_id"].startswith("document/") and row["report_id"] not in in_panel
        words = f"{row['unit_evidence']} {row['year_evidence']} {row['subject_evidence']}"
        assert "against: " in words, words


def test_evidence_is_kept_for_every_report():
    rows: dict[str, list[dict]] = {}
    for row in tables()["attributions"]:
        rows.setdefault(row["report_id"], []).append(row)
    for report in tables()["reports"]:
        own = rows[report["report_id"]]
        claims = {(row["claim"], row["value"]): row["agrees"] for row in own}
        if report["unit_id"] and report["attribution"] != "doubtful":
            assert claims["unit", report["unit_id"]] is True and claims["year", str(report["year"])] is True
        if report["attribution"] == "confirmed":
            assert False not in {row["agrees"] for row in own if row["claim"] in ("unit", "year")} - {None, True}
    known = load_rules().sources
    assert {row["source"] for row in tables()["attributions"]} <= known.keys()


# -- where it lay


def one(identity: ReportIdentity, **about) -> dict:
    """Assemble one document of the factory, fetched as ``about`` says; return its row of reports."""
    found = assemble(to_table([reading("a", who=identity)]), [record("a", **about)])
    return found["reports"].to_pylist()[0]


TITLED = (
    Evidence("unit", "title", "CN-990102", "示例市东例区人民政府"),
    Evidence("year", "title", "2022", "2022年"),
    Evidence("year", "period", "2022", "2022"),
)
OWN = "https://www.dongliqu-99.gov.cn/a.html"


@pytest.mark.parametrize(
    ("url", "about", "attribution"),
    [
        (OWN, {}, "confirmed"),
        (OWN, {"kind": "import", "jurisdiction_code": None}, "confirmed"),
        ("https://www.shilishi-99.gov.cn/a.html", {"jurisdiction_code": "990100"}, "confirmed"),
        ("https://www.xiliqu-99.gov.cn/a.html", {"jurisdiction_code": "990103"}, "doubtful"),
        ("https://www.xiliqu-99.gov.cn/a.html", {"kind": "import", "jurisdiction_code": None}, "doubtful"),
        ("https://www.nobody-99.gov.cn/a.html", {"kind": "import", "jurisdiction_code": None}, "single"),
        ("https://wenku.example.com/a.html", {"kind": "import", "jurisdiction_code": None}, "doubtful"),
        ("https://www.dongliqu-99.gov.cn.example.com/a", {"kind": "import", "jurisdiction_code": None}, "doubtful"),
        ("https://wenku.example.com/a.html", {"kind": "import", "jurisdiction_code": "990102"}, "single"),
        ("https://wenku.example.com/a.html", {"kind": "import", "jurisdiction_code": "990103"}, "doubtful"),
        ("urn:sha256:00", {"kind": "import", "jurisdiction_code": None}, "single"),
        ("urn:sha256:00", {"kind": "import", "jurisdiction_code": "990102"}, "confirmed"),
    ],
)
def test_host_supports_or_contradicts(url, about, attribution):
    row = one(identity(evidence=TITLED), url=url, **about)
    assert row["attribution"] == attribution
    assert ("copy on wenku" in row["unit_evidence"]) == (attribution == "single" and "wenku" in url)


def test_lead_supports_and_never_contradicts():
    leads = [p for p in load_portals() if p.grade == "D" and p.jurisdiction_code]
    own, other = leads[0], leads[-1]
    pieces = (Evidence("unit", "title", f"CN-{own.jurisdiction_code}", "x"), *TITLED[1:])
    who = identity(unit_id=f"CN-{own.jurisdiction_code}", evidence=pieces, synthetic=False)
    for portal, attribution in ((own, "confirmed"), (other, "single")):
        row = one(
            who,
            url=f"https://{portal.host}/a.html",
            portal_id=portal.portal_id,
            jurisdiction_code=portal.jurisdiction_code,
            synthetic=False,
        )
        assert row["attribution"] == attribution


def test_copy_elsewhere_needs_nobody_where_the_report_lies_at_home_too():
    who = identity(evidence=TITLED)
    mirror = record("b", "https://mirror.example.com/a.html", kind="import", jurisdiction_code=None)
    found = assemble(to_table([reading("a", who=who), reading("b", who=who, text="")]), [record("a", OWN), mirror])
    assert [r["attribution"] for r in found["reports"].to_pylist()] == ["confirmed"]


# -- what people tell


def test_last_import_of_a_document_says_what_a_person_tells():
    who = identity(evidence=TITLED)
    told = {"kind": "import", "url": "urn:sha256:00", "jurisdiction_code": "990103"}
    first, sure = record("a", **told), record("a", day="2026-03-01", **told, sure=True)
    doubted = assemble(to_table([reading("a", who=who)]), [first])["reports"].to_pylist()[0]
    assert (doubted["unit_id"], doubted["attribution"]) == ("CN-990102", "doubtful")
    settled = assemble(to_table([reading("a", who=who)]), [first, sure])["reports"].to_pylist()[0]
    assert (settled["unit_id"], settled["jurisdiction_code"], settled["attribution"]) == (
        "CN-990103",
        "990103",
        "single",
    )


@pytest.mark.parametrize(
    ("answers", "agreed"),
    [
        ({"a": "990102"}, None),
        ({"a": "990102", "b": "CN-990102"}, "990102"),
        ({"a": "990102", "b": "990103"}, None),
        ({"a": "CN-990102", "b": "CN-990103"}, None),
        ({"a": "990102", "b": "990103", "c": "990103"}, "990103"),
        ({"a": "990102", "b": "990102", "c": "990103", "d": "990103"}, None),
    ],
)
def test_two_people_have_to_give_one_answer(answers, agreed):
    assert agreed_answer("unit", answers) == agreed


def test_what_people_decided_is_told_like_readings_of_cells():
    said = [
        HandReading("a" * 64, ATTRIBUTION, "year", None, text, by, "2026-03-01", "")
        for by, text in (("li", "2021"), ("wang", "2021"))
    ]
    (row,) = decision_rows(said)
    assert (row["indicator"], row["status"], row["value_text"], row["read_by"]) == (
        "year",
        "agreed",
        "2021",
        ["li", "wang"],
    )
    assert decision_rows(said[:1])[0]["status"] == "one"


def test_weights_and_bounds_are_data_that_explain_themselves():
    data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    assert all(source["about"] and source["group"] in data["groups"] for source in data["sources"].values())
    assert set(data["sources"]) == set(load_rules().sources)
