"""The sample portal: committed files are what the typesetter makes, real places print real figures, the truth adds up."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zlib
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import docx
import pdfplumber
import pytest
import requests
from lxml import html

from extract.crawling.sample_portal import SAMPLE_DIRECTORY, serve_sample
from extract.fetching.urls import is_government_host
from extract.portals.registry import load_portals
from transform.places.unit_rows import build_units

sys.path.insert(0, str(SAMPLE_DIRECTORY))

from typeset import committed, typeset
from typesetting.forms import Layout, cells_of
from typesetting.pdf_file import FONT_FILE

IDENTITIES = json.loads((SAMPLE_DIRECTORY.parent / "reference/forms/identities.json").read_text("utf-8"))["identities"]
EXACT = ("official", "implied_exact", "inequality_exact")
ACROSS = ("t3_carry_2019", "t3_carry_2021", "t2_19_stock", "t2_19_items", "t2_21_stock")
NUMBER = re.compile(r"-?\d[\d.]*(元|万元)?")


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE_DIRECTORY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cells() -> dict[tuple, dict[tuple[str, str], str]]:
    """Values by (code, subject kind, year, version, form) and (indicator, applicant); blanks are empty."""
    found: dict[tuple, dict[tuple[str, str], str]] = defaultdict(dict)
    for place in sorted((SAMPLE_DIRECTORY / "truth").glob("cells-*.csv")):
        for row in rows(f"truth/{place.name}"):
            key = (row["jurisdiction_code"], row["subject_kind"], int(row["year"]), int(row["version"]), row["form"])
            found[key][row["indicator"], row["applicant"]] = row["value"]
    return found


def test_committed_files_are_what_the_typesetter_makes():
    made = typeset(pdf=False)
    there = [name for name in committed() if not name.endswith(".pdf")]
    assert there == sorted(made)
    assert [name for name in there if (SAMPLE_DIRECTORY / name).read_bytes() != made[name]] == []


if FONT_FILE.is_file():

    def test_committed_pdf_files_are_what_the_typesetter_makes():
        made = {name: data for name, data in typeset().items() if name.endswith(".pdf")}
        there = {name for name in committed() if name.endswith(".pdf")}
        assert there == set(made) and len(there) == 8
        assert [n for n, data in made.items() if inflated((SAMPLE_DIRECTORY / n).read_bytes()) != inflated(data)] == []


def inflated(pdf: bytes) -> list[bytes]:
    """Return a PDF's objects with its streams unpacked: another zlib packs the same content into other bytes."""
    body = pdf[: pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))]
    parts = re.split(rb"(?<=stream\r\n)(.*?)(?=endstream)|(?<=stream\n)(.*?)(?=endstream)", body, flags=re.S)
    unpacked = []
    for part in filter(None, parts):
        try:
            unpacked.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            unpacked.append(re.sub(rb"/Length1? \d+|\s+", b"", part))
    return unpacked


def test_pdf_files_need_no_font_at_run_time():
    for name in committed():
        if name.endswith(".pdf"):
            data = (SAMPLE_DIRECTORY / name).read_bytes()
            assert b"/FontFile2" in data and data.startswith(b"%PDF"), name


def test_sample_is_small():
    assert sum((SAMPLE_DIRECTORY / name).stat().st_size for name in committed()) < 8 * 2**20


def test_real_places_print_only_figures_of_figures_csv():
    figures: dict[str, list[str]] = defaultdict(list)
    for row in rows("figures.csv"):
        assert row["source"]
        figures[row["jurisdiction_code"]].append(row["value_text"])
    printed: dict[str, list[str]] = {}
    for portal in load_portals(SAMPLE_DIRECTORY / "portals.csv"):
        if not portal.synthetic:
            places = sorted((SAMPLE_DIRECTORY / "site" / portal.host).rglob("*"))
            printed[portal.jurisdiction_code] = [text for p in places if p.is_file() for text in table_cells(p)]
    assert printed.keys() == figures.keys()
    for code, texts in printed.items():
        wanted = [text for text in figures[code] if NUMBER.fullmatch(text)]
        assert sorted(text for text in texts if NUMBER.fullmatch(text)) == sorted(wanted), code


def table_cells(place: Path) -> list[str]:
    if place.suffix == ".docx":
        cells = docx.Document(str(place)).element.iter("{*}tc")
        return ["".join(text.text or "" for text in cell.iter("{*}t")) for cell in cells]
    if place.suffix == ".pdf":
        with pdfplumber.open(place) as pdf:
            return [cell for page in pdf.pages for t in page.extract_tables() for row in t for cell in row if cell]
    page = html.document_fromstring(place.read_bytes())
    body = page.get_element_by_id("zoom", None)
    return [] if body is None else ["".join(cell.itertext()).strip() for cell in body.iter("td")]


def test_yaohai_prints_124_where_the_parts_make_127():
    values = {
        (r["indicator"], r["applicant"]): r["value_text"]
        for r in rows("figures.csv")
        if r["jurisdiction_code"] == "340102"
    }
    outcomes = [i for i, a in cells_of("sc_2019") if a == "total" and i.startswith("res_") and i != "res_total"]
    assert (values["res_total", "total"], sum(int(values[i, "total"]) for i in outcomes)) == ("124", 127)
    page = (SAMPLE_DIRECTORY / "site/www.hfyaohai.gov.cn/_query/column-13741-2019.html").read_text("utf-8")
    assert "瑶海区人民政府2019年政府信息公开工作年度报告" in page and "29628302.01" in page


def test_invented_names_and_hosts_are_not_real():
    with (SAMPLE_DIRECTORY.parent / "reference/divisions/divisions_history.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        real = list(csv.DictReader(file))
    invented = rows("divisions.csv")
    assert not {row["name"] for row in invented} & {row["name"] for row in real}
    assert not {row["code"] for row in invented} & {row["code"] for row in real}
    assert list(invented[0]) == list(real[0])
    for portal in load_portals(SAMPLE_DIRECTORY / "portals.csv"):
        assert is_government_host(portal.host) and portal.synthetic == portal.host.endswith("-99.gov.cn")


def test_divisions_tell_creation_merger_rename_and_recoding():
    spells = [
        (u["unit_id"], u["jurisdiction_code"], u["name"], u["valid_from"], u["valid_to"])
        for u in build_units(rows("divisions.csv"), [])
    ]
    assert ("CN-990106", "990106", "样溪区", "1990", "2017") in spells and (
        "CN-990106",
        "990106",
        "样河区",
        "2017",
        "",
    ) in spells
    assert ("CN-990107", "990107", "临范区", "1990", "2020") in spells and (
        "CN-990107",
        "990117",
        "临范区",
        "2020",
        "",
    ) in spells
    assert ("CN-990105", "990105", "北例区", "1990", "2021") in spells
    assert ("CN-990108", "990108", "新样区", "2019", "") in spells
    assert len({unit_id for unit_id, *_ in spells}) == 10


def test_truth_has_every_cell_of_each_form(cells):
    assert len(cells) == 96
    for (*_, form), values in cells.items():
        assert list(dict.fromkeys(values)) == list(values) and set(values) == {(i, a or "") for i, a in cells_of(form)}


def test_identities_hold_but_for_the_documented_contradictions(cells):
    broken = set()
    for (code, kind, year, version, form), values in cells.items():
        for identity in IDENTITIES:
            usual_2014 = form == "sc_2014" and identity["status"] == "implied_usual"
            if (
                identity["form"] == form
                and identity["scope"] == "within_year"
                and (identity["status"] in EXACT or usual_2014)
            ):
                for operand in failing(identity, values, {}):
                    broken.add((code, kind, year, version, identity["id"], operand))
            if identity["form"] == form and identity["id"] in ACROSS:
                old = "990107" if (code, year) == ("990117", 2020) else code
                forms = (form, "sc_2019") if identity["id"] == "t3_carry_2021" else (form,)
                before = next((v for k, v in cells.items() if k[:3] == (old, kind, year - 1) and k[4] in forms), None)
                if before is not None and (code, year) != ("990104", 2021):  # the year of the merger
                    for operand in failing(identity, values, before):
                        broken.add((code, kind, year, version, identity["id"], operand))
    documented = {
        (row["jurisdiction_code"], "government", int(row["year"]), int(row["version"]), row["identity"], row["operand"])
        for row in rows("truth/contradictions.csv")
    }
    assert broken == documented and len(documented) == 8


def failing(identity: dict, now: dict, before: dict) -> list[str]:
    """Return the operands for which an identity of identities.json does not hold (a blank part: not evaluable)."""
    (name, operands) = next(iter((identity["for_each"] or {"": [""]}).items()))
    if isinstance(operands, str):
        assert operands == "all 7 columns"
        operands = ["natural_person", "company", "research_inst", "ngo", "legal_service", "other_org", "total"]
    return [operand for operand in operands if holds(identity["expr"], name, operand, now, before) is False]


def holds(expression: str, name: str, operand: str, now: dict, before: dict) -> bool | None:
    blank = False

    def value(found: re.Match) -> str:
        nonlocal blank
        row, column, when = found[1], found[2] or "", found[3] or ""
        if row == "max":
            return found[0]
        row = re.sub(rf"^{name}(?=\.|$)", operand, row) if name else row
        column = operand if name and column == name else column
        text = (before if when == "t-1" else now)[row, column]
        blank = blank or text == ""
        return text or "0"

    written = re.sub(r"([a-z][a-z0-9_.]*)(?:\[(\w+)\])?(?:@(t-1|t))?", value, expression)
    left, sign, right = re.split(r" (==|<=|>=) ", written)
    one, other = total(left), total(right)
    return None if blank else {"==": one == other, "<=": one <= other, ">=": one >= other}[sign]


def total(terms: str) -> int:
    if most := re.fullmatch(r"max\((.*)\)", terms):
        return max(int(term) for term in most[1].split(","))
    return sum(
        int(sign + number)
        for sign, number in re.findall(r"(?:^|([+-]) )(-?\d+)", terms)
        for sign in [sign if sign == "-" else ""]
    )


def test_neighbouring_cells_of_results_differ(cells):
    applicants = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org")
    for (code, _, year, version, form), values in cells.items():
        outcomes = [i for i, a in cells_of(form) if a == "total" and i.startswith("res_") and i != "res_total"]
        if code == "990100" or not outcomes or (year, version) == (2021, 1):
            continue
        grid = [[values[i, a] for a in applicants] for i in outcomes]
        assert all(a != b for row in grid for a, b in pairwise(row)), (code, year)
        assert all(a != b for one, two in pairwise(grid) for a, b in zip(one, two, strict=True)), (code, year)


def test_coverage_truth_follows_from_the_reports():
    published = {}
    for row in rows("truth/reports.csv"):
        if row["subject_kind"] == "government" and row["version"] == "1":
            published[row["unit_id"], row["year"]] = row["published_on"]
    found = {(r["unit_id"], r["year"]): r for r in rows("truth/coverage.csv")}
    assert {k for k, r in found.items() if r["status"] in ("found", "late")} == set(published)
    assert [k for k, r in found.items() if r["status"] == "late"] == [("CN-990109", "2018")]
    assert [k for k, r in found.items() if r["status"] == "not_found"] == [("CN-990103", "2017")]
    assert found["CN-990109", "2018"]["days_late"] == "47" and published["CN-990109", "2018"] == "2019-05-17"
    assert ("CN-990108", "2018") not in found and ("CN-990105", "2021") not in found
    assert (
        found["CN-990107", "2019"]["jurisdiction_code"] == "990107"
        and found["CN-990107", "2020"]["jurisdiction_code"] == "990117"
    )


def test_replaced_report_differs_in_the_revised_cells_only(cells):
    first, second = (cells["990102", "government", 2021, version, "sc_2021"] for version in (1, 2))
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {("res_granted_full", "company")}
    assert [(r["indicator"], r["applicant"]) for r in rows("truth/revisions.csv")] == sorted(changed)


@pytest.fixture(scope="module")
def portal():
    with serve_sample() as running:
        yield running


def ask(portal, url: str, method: str = "GET", **more) -> requests.Response:
    host, path = url.split("/", 1)
    address, port = portal[host]
    return requests.request(method, f"http://{address}:{port}/{path}", headers={"Host": host}, timeout=60, **more)


def test_every_address_of_the_truth_is_served(portal):
    for row in rows("truth/reports.csv"):
        page, *files = row["urls"].split()
        answer = ask(portal, page.split("//")[1])
        assert answer.status_code == 200 and row["title"] in answer.content.decode(
            "gb18030" if "linfanqu" in page else "utf-8"
        )
        kind = {"pdf": b"%PDF", "docx": b"PK"}.get(row["carrier"])
        if kind:
            assert ask(portal, files[-1].split("//")[1]).content.startswith(kind)


def test_static_list_turns_its_pages(portal):
    first = ask(portal, "www.shilishi-99.gov.cn/zwgk/zfxxgk/zfxxgknb/")
    count = int(re.search(r'createPageHTML\((\d+), 0, "index", "html"\)', first.text)[1])
    pages = [
        first,
        *(ask(portal, f"www.shilishi-99.gov.cn/zwgk/zfxxgk/zfxxgknb/index_{n}.html") for n in range(1, count)),
    ]
    assert count == 3 and all(page.status_code == 200 for page in pages)
    titles = set(re.findall(r'title="([^"]*)"', "".join(page.text for page in pages)))
    assert {f"示例市{year}年政府信息公开工作年度报告" for year in range(2014, 2025)} <= titles
    assert ask(portal, f"www.shilishi-99.gov.cn/zwgk/zfxxgk/zfxxgknb/index_{count}.html").status_code == 404


def test_jpage_answers_a_window_of_records(portal):
    proxy = "www.dongliqu-99.gov.cn/module/web/jpage/dataproxy.jsp?columnid=1229700102&perpage=5"
    page = ask(portal, "www.dongliqu-99.gov.cn/col/col1229700102/index.html").content.decode()
    whole = ask(portal, f"{proxy}&startrecord=1&endrecord=999").text
    records = re.findall(r"<record><!\[CDATA\[(.*?)\]\]></record>", whole)
    assert f"<totalrecord>{len(records)}</totalrecord>" in whole and len(records) > 12
    assert re.findall(r"<record><!\[CDATA\[(.*?)\]\]></record>", page) == records[:5]
    part = ask(portal, f"{proxy}&startrecord=6&endrecord=8")
    assert re.findall(r"<record><!\[CDATA\[(.*?)\]\]></record>", part.text) == records[5:8]
    assert part.headers["Content-Type"].startswith("text/xml")
    assert "<record>" not in ask(portal, f"{proxy}&startrecord=900&endrecord=902").text


def test_openness_column_goes_on_behind_the_label(portal):
    column = ask(portal, "www.nanliqu-99.gov.cn/public/column/990104?type=3").content.decode()
    label = "www.nanliqu-99.gov.cn/site/label/8888"
    query = {"labelName": "publicInfoList", "siteId": "1", "organId": "990104", "pageIndex": "2", "pageSize": "8"}
    second = ask(portal, label, params=query)
    assert "pageCount = 2" in column and "2014年政府信息公开工作年度报告" in second.content.decode()
    assert ask(portal, label, "POST", data=query).content == second.content
    assert ask(portal, label, params={**query, "pageIndex": "3"}).status_code == 404


def test_gbk_pages_are_served_under_a_wrong_charset(portal):
    answer = ask(portal, "www.linfanqu-99.gov.cn/zwgk/xxgknb/")
    assert answer.headers["Content-Type"] == "text/html; charset=ISO-8859-1" and b"charset=gb2312" in answer.content
    assert "临范区" in answer.content.decode("gbk")


def test_nothing_outside_the_site_is_served(portal):
    for path in ("../../routes.json", "%2e%2e/%2e%2e/routes.json", "_query/dataproxy-1229700102.xml", "nothing.html"):
        assert ask(portal, f"www.dongliqu-99.gov.cn/{path}").status_code == 404
    address, port = portal["www.dongliqu-99.gov.cn"]
    unknown = requests.get(f"http://{address}:{port}/", headers={"Host": "www.example.gov.cn"}, timeout=60)
    assert unknown.status_code == 404


def test_portal_stops_half_way():
    with serve_sample(stop_after=3) as hosts:
        urls = [f"www.xiliqu-99.gov.cn/xxgk/zfxxgknb/{name}" for name in ("", "index_1.html", "index.html", "")]
        assert [ask(hosts, url).status_code for url in urls[:3]] == [200, 200, 200]
        with pytest.raises(requests.ConnectionError):
            ask(hosts, urls[3])
        assert hosts.stopped.wait(60)
        with pytest.raises(requests.ConnectionError):
            ask(hosts, urls[0])
        assert len(hosts.requests) == 3 and hosts.requests[0] == ("GET", "www.xiliqu-99.gov.cn", "/xxgk/zfxxgknb/")


def test_typesetter_prints_an_undivided_row_six():
    assert len(cells_of("sc_2021", Layout(undivided_other=True))) == 186 and len(cells_of("sc_2021")) == 200


def test_docx_bytes_do_not_depend_on_the_clock():
    names = [name for name in committed() if name.endswith(".docx")]
    assert len(names) == 9
    for name in names:
        assert docx.Document(io.BytesIO((SAMPLE_DIRECTORY / name).read_bytes())).tables
        assert b"2000" not in (SAMPLE_DIRECTORY / name).read_bytes()[:30]
