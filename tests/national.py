"""A synthetic national archive: N reports of some N/11 invented units on 2014 to 2024, as if every portal had been crawled.

``python -m tests.national --reports N --home DIR`` writes DIR/archive and, beside it, the invented units' divisions.csv and
portals.csv; point GONGKAI_INVENTED_DIVISIONS at the first, then ``gongkai release --home DIR`` reads and releases it. Every
place has a code that begins with 99. The figures are those of the sample's typesetting: distinct in every report, and all
exact identities hold but in two reports of a hundred. The same arguments give the same documents.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path

from extract.archiving.archive import Archive
from extract.fetching.exchange import Exchange
from extract.portal import Portal, ReportLink

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "data" / "sample"))

from typesetting import invented  # noqa: E402
from typesetting.dice import Dice  # noqa: E402
from typesetting.docx_file import docx_file  # noqa: E402
from typesetting.forms import Layout, cells_of  # noqa: E402
from typesetting.html_page import Markup, body_html  # noqa: E402
from typesetting.pages import Site, article_page, list_page  # noqa: E402
from typesetting.portal_files import PORTAL_COLUMNS  # noqa: E402
from typesetting.printing import Habits, printed  # noqa: E402
from typesetting.province import COLUMNS, SOURCE  # noqa: E402
from typesetting.report import Report, report_blocks  # noqa: E402

YEARS = range(2014, 2025)
COUNTIES = 75  # in a prefecture; with 60 prefectures some 4,500 units, of which 50,000 reports are
VANTAGE = "sample"
MARKUPS = ("plain", "editor", "word")
_STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_MARK = re.compile("\x01(.+?)\x01")


@dataclass(frozen=True)
class Unit:
    code: str
    name: str
    full_name: str
    parent: str

    @property
    def host(self) -> str:
        return f"www.u{self.code}-99.gov.cn"

    @property
    def portal(self) -> Portal:
        list_url = f"http://{self.host}/zwgk/zfxxgknb/"
        return Portal(
            f"{self.code}-{self.host}",
            self.code,
            self.host,
            "trs_static",
            list_url,
            site_id_code=f"{self.code}0001",
            grade="A",
            synthetic=True,
        )


def units(reports: int) -> list[Unit]:
    """Return as many invented units as have ``reports`` in eleven years, prefectures before their counties."""
    count = max(2, -(-reports // len(YEARS)))
    names = ("".join(letters) for letters in product(_STEMS, repeat=3))
    found: list[Unit] = []
    for number in range(-(-count // (COUNTIES + 1))):
        code, city = f"99{number + 2:02d}00", f"例{next(names)}市"
        found.append(Unit(code, city, city, "990000"))
        for place in range(COUNTIES):
            county = f"样{next(names)}县"
            found.append(Unit(f"{code[:4]}{place + 21:02d}", county, city + county, code))
    return found[:count]


def write_archive(home: Path, reports: int, *, pdf: float = 0.0, docx: float = 0.0) -> int:
    """Write the archive and its reference tables into a home; return how many documents it holds."""
    places = units(reports)
    home.mkdir(parents=True, exist_ok=True)
    _write_divisions(home / "divisions.csv", places)
    _write_portals(home / "portals.csv", places)
    clock = _clock()
    left, documents = reports, 0
    with Archive(home / "archive", write=True) as archive:
        for unit in places:
            years = YEARS[: min(len(YEARS), left)]
            left -= len(years)
            entries = []
            for year in years:
                for publication in _publications(unit, year, pdf, docx):
                    _add(archive, publication, next(clock))
                    documents += 1
                    entries.append(publication)
            links = "\n".join(
                f'<li><a href="{p.link.url}" title="{p.link.title}">{p.link.title}</a></li>' for p in entries
            )
            page = list_page(
                Site(unit.host, f"{unit.name}人民政府网", f"{unit.code}0001"), "政府信息公开年报", f"<ul>{links}</ul>"
            )
            archive.add(
                _answer(unit.portal.list_url, next(clock), page.encode(), "text/html"),
                kind="list",
                portal=unit.portal,
                vantage=VANTAGE,
            )
            # Years of one place follow from each other; nothing follows from one place to the next.
            invented._figures.cache_clear()
    return documents


@dataclass(frozen=True)
class _Published:
    portal: Portal
    link: ReportLink
    data: bytes
    media_type: str
    kind: str = "report"


def _publications(unit: Unit, year: int, pdf: float, docx: float) -> Iterator[_Published]:
    """Yield a report's documents: one page in most cases, a page with a file, or a page and its later correction."""
    dice = Dice("national", unit.code, year)
    day = date(year + 1, dice(1, 3), dice(5, 28)).isoformat()
    throw, carrier = dice(1, 10_000), dice(1, 10_000) / 10_000
    values = dict(invented.true_values(unit.code, year))
    publisher = f"{unit.full_name}人民政府"
    title = f"{publisher}{year}年政府信息公开工作年度报告"
    url = f"http://{unit.host}/zwgk/zfxxgknb/{day[:4]}/t{day.replace('-', '')}_{dice(100000, 999999)}.html"
    printed_as = Habits(zero="" if throw % 33 == 0 else "0", no_rules="/" if throw % 20 == 1 else None)
    correct = printed(values, printed_as)
    if throw <= 200:  # a total that does not follow from its parts
        cell = ("granted_full", None) if year < 2019 else ("res_total", "natural_person")
        values[cell] += 3
    told = printed(values, printed_as)
    link = ReportLink(unit.portal.portal_id, url, title, day, year)
    if carrier <= pdf + docx:
        yield from _with_file(unit, year, link, told, day, "pdf" if carrier <= pdf else "docx")
        return
    yield _Published(unit.portal, link, _page(unit, year, title, day, told), "text/html")
    if throw <= 100:  # half of them are corrected in June
        late = date(year + 1, 6, dice(1, 28)).isoformat()
        fixed = ReportLink(link.portal_id, url, f"{title}（更正）", late, year)
        yield _Published(unit.portal, fixed, _page(unit, year, fixed.title, late, correct), "text/html")


def _with_file(unit: Unit, year: int, link: ReportLink, figures: dict, day: str, ending: str) -> Iterator[_Published]:
    from typesetting.pdf_file import pdf_file

    report = _report(link.title, year, figures, unit.name)
    blocks = report_blocks(report)
    data = pdf_file(blocks, link.title) if ending == "pdf" else docx_file(blocks)
    file = link.url.replace(".html", f".{ending}")
    page = article_page(
        _site(unit), link.title, day, unit.name, "<p>报告全文详见附件。</p>", [(file, f"{link.title}.{ending}")]
    )
    yield _Published(unit.portal, link, page.encode(), "text/html")
    hanging = ReportLink(link.portal_id, file, link.title, day, year, link.url)
    yield _Published(
        unit.portal, hanging, data, {"pdf": "application/pdf"}.get(ending, "application/octet-stream"), "attachment"
    )


def _page(unit: Unit, year: int, title: str, day: str, figures: dict) -> bytes:
    """Fill the page of one form in one markup; typesetting each page anew would take ten times as long."""
    number = int(unit.code)
    pieces = _template(invented.form_of(year), MARKUPS[number % 3], number % 5 > 0)
    received = figures["requests_received", None] if year < 2019 else figures["req_new", "total"]
    words = {
        "title": title,
        "day": day,
        "year": str(year),
        "unit": unit.name,
        "publisher": f"{unit.full_name}人民政府",
        "host": unit.host,
        "code": f"{unit.code}0001",
        "received": received,
    }
    texts = [figures[piece] if isinstance(piece, tuple) else words[piece] for piece in pieces[1::2]]
    out = list(pieces)
    out[1::2] = texts
    return "".join(out).encode()  # type: ignore[arg-type]


@cache
def _template(form: str, markup: str, joined: bool) -> list[str | tuple[str, str | None]]:
    """Return a page as texts and, at every odd place, what is to be filled in between: a word's name or a cell."""
    layout = Layout(joined=joined, broken_labels=markup == "word")
    figures = {(i, a): f"\x01{i}|{a or ''}\x01" for i, a in cells_of(form, layout)}
    report = _report(
        "\x01title\x01", {"sc_2014": 2014, "sc_2019": 2019}.get(form, 2021), figures, "\x01unit\x01", layout
    )
    site = Site("\x01host\x01", "\x01unit\x01人民政府网", "\x01code\x01")
    page = article_page(
        site, "\x01title\x01", "\x01day\x01", "\x01publisher\x01", body_html(report_blocks(report), Markup(markup)), []
    )
    pieces: list[str | tuple[str, str | None]] = list(_MARK.split(page))
    for place in range(1, len(pieces), 2):
        name, bar, applicant = str(pieces[place]).partition("|")
        pieces[place] = (name, applicant or None) if bar else name
    return pieces


def _report(title: str, year: int, figures: dict, name: str, layout: Layout | None = None) -> Report:
    told, received = (
        ("\x01year\x01", "\x01received\x01") if "\x01" in title else (str(year), figures.get(("req_new", "total"), "0"))
    )
    opening = f"本报告由{name}人民政府办公室汇总本级各部门的数据编制，统计期限为{told}年1月1日至{told}年12月31日。"
    form = invented.form_of(year)
    prose = {
        1: (
            f"{told}年，{name}按照要求推进政府信息公开，明确分工，按时更新栏目。",
            f"全年收到政府信息公开申请{received}件。",
        ),
        5: ("栏目更新还不够均衡，下一步将按月检查，并对照目录补齐缺项。",),
        6: ("无其他需要报告的事项。",),
    }
    return Report(title, form, figures, (opening,), prose, layout or Layout())


def _add(archive: Archive, one: _Published, at: str) -> None:
    archive.add(
        _answer(one.link.url, at, one.data, one.media_type),
        kind=one.kind,
        portal=one.portal,
        link=one.link,
        vantage=VANTAGE,
    )


def _answer(url: str, at: str, data: bytes, media_type: str) -> Exchange:
    return Exchange(
        url, at, "ok", status=200, status_text="OK", headers=(("Content-Type", media_type),), body=data, data=data
    )


def _clock() -> Iterator[str]:
    moment = datetime(2025, 7, 1)
    while True:
        yield moment.isoformat(timespec="microseconds") + "Z"
        moment += timedelta(milliseconds=250)


def _site(unit: Unit) -> Site:
    return Site(unit.host, f"{unit.name}人民政府网", f"{unit.code}0001")


def _write_divisions(path: Path, places: list[Unit]) -> None:
    rows = [{"code": "990000", "name": "示例省", "level": "province", "kind": "省级", "parent": "000000"}]
    for unit in places:
        city = unit.parent == "990000"
        level, kind = ("prefecture", "地级市") if city else ("county", "县")
        rows.append({"code": unit.code, "name": unit.name, "level": level, "kind": kind, "parent": unit.parent})
    fixed = {"province": "示例省", "valid_from": "1990", "status": "active", "provenance": SOURCE}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(fixed | row for row in rows)


def _write_portals(path: Path, places: list[Unit]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, PORTAL_COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for p in (unit.portal for unit in places):
            writer.writerow(
                {
                    "portal_id": p.portal_id,
                    "jurisdiction_code": p.jurisdiction_code,
                    "host": p.host,
                    "family": p.family,
                    "list_url": p.list_url,
                    "site_id_code": p.site_id_code,
                    "grade": p.grade,
                    "synthetic": "true",
                    "evidence": "invented",
                }
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.national", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--reports", type=int, default=1_000, metavar="N")
    parser.add_argument("--home", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--pdf", type=float, default=0.0, metavar="SHARE", help="share of reports whose tables hang on the page as PDF"
    )
    parser.add_argument("--docx", type=float, default=0.0, metavar="SHARE", help="the same as DOCX")
    told = parser.parse_args()
    start = time.perf_counter()
    documents = write_archive(told.home, told.reports, pdf=told.pdf, docx=told.docx)
    print(f"{told.reports} reports in {documents} documents: {time.perf_counter() - start:.0f} s, {told.home}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
