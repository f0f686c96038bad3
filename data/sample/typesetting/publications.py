"""What was published: one Publication for each version of each report, with its address, form of file and habits."""

from __future__ import annotations

from dataclasses import dataclass, field

from .dice import Dice
from .forms import Layout
from .html_page import Markup
from .invented import form_of, printed_values
from .printing import Habits, Printed, printed
from .province import (
    CITY,
    NEVER_PUBLISHED,
    OFFICE_YEARS,
    PLACES,
    REPLACED,
    REPUBLISHED,
    Place,
    published_on,
)
from .report import Report


@dataclass(frozen=True)
class Publication:
    """A report as published once. ``carrier`` is ``html`` (tables in the page), ``pdf`` or ``docx`` (tables in a file
    that hangs on the page). ``published_on`` None: not known, nothing printed."""

    host: str
    code: str
    unit_id: str
    unit_name: str
    publisher: str
    subject_kind: str
    scope: str
    year: int
    version: int
    published_on: str | None
    report: Report
    carrier: str = "html"
    markup: Markup = field(default_factory=Markup)
    copies: tuple[str, ...] = ()  # days on which the same page was published again, under another address


HOSTS = {
    "990100": "www.shilishi-99.gov.cn",
    "990102": "www.dongliqu-99.gov.cn",
    "990103": "www.xiliqu-99.gov.cn",
    "990104": "www.nanliqu-99.gov.cn",
    "990105": "www.beiliqu-99.gov.cn",
    "990106": "www.yanghequ-99.gov.cn",
    "990107": "www.linfanqu-99.gov.cn",
    "990108": "www.xinyangqu-99.gov.cn",
    "990109": "www.gaoliqu-99.gov.cn",
}
CARRIERS = {
    ("990100", 2022): "pdf",
    ("990100", 2024): "pdf",
    ("990102", 2017): "pdf",
    ("990102", 2020): "pdf",
    ("990104", 2021): "pdf",
    ("990109", 2019): "pdf",
    ("990100", 2020): "docx",
    ("990103", 2021): "docx",
    ("990103", 2024): "docx",
    ("990106", 2019): "docx",
    ("990108", 2022): "docx",
    ("990105", 2015): "docx",
    ("990107", 2016): "docx",
    ("990102", 2023): "docx",
}
MARKUPS = {
    "990100": "plain",
    "990102": "editor",
    "990103": "word",
    "990104": "plain",
    "990105": "word",
    "990106": "editor",
    "990107": "word",
    "990108": "plain",
    "990109": "editor",
}
HABITS = {
    ("990107", 2021): Habits(zero=""),
    ("990103", 2022): Habits(no_rules="/"),
    ("990104", 2020): Habits(no_rules="无"),
    ("990109", 2020): Habits(signed=True, unit_in_cell=True),
    ("990106", 2019): Habits(unit_in_cell=True),
}


def invented_publications() -> list[Publication]:
    """Return every publication of the invented province."""
    found = []
    for place in PLACES:
        for year in range(place.first, place.last + 1):
            if (place.key, year) in NEVER_PUBLISHED:
                continue
            found.append(_publication(place, year))
            if (place.key, year) in REPLACED:
                found.append(_publication(place, year, version=2))
    return found + [_publication(PLACES[0], year, office=True) for year in OFFICE_YEARS]


def _publication(place: Place, year: int, version: int = 1, office: bool = False) -> Publication:
    key, form, name = place.key, form_of(year), place.name(year)
    habits = HABITS.get((key, year), Habits()) if not office else Habits()
    figures = printed(printed_values(key, year, version, office), habits)
    short = key == CITY or (key == "990109" and year >= 2021)  # one district leaves its city out of its name
    publisher = f"{name}人民政府" if short else f"示例市{name}人民政府"
    if office:
        publisher += "办公室"
    day = REPLACED[key, year] if version == 2 else published_on(key, year, office)
    title = f"{publisher}{year}年政府信息公开工作年度报告"
    if key == CITY and not office:
        title = f"示例市{year}年政府信息公开工作年度报告"
    elif key == "990109" and year >= 2021:
        title = f"{name}{year}年政府信息公开工作年度报告"
    if version == 2:
        title += "（更正）"
    markup = "spans" if (key, year) == ("990108", 2020) else MARKUPS[key]
    return Publication(
        host=HOSTS[key],
        code=place.code(year),
        unit_id=f"CN-{key}",
        unit_name=name,
        publisher=publisher,
        subject_kind="office" if office else "government",
        scope="own_organ" if office else "region" if key == CITY else "own_level",
        year=year,
        version=version,
        published_on=day,
        report=Report(
            title=title,
            form=form,
            figures=figures,
            opening=_opening(key, name, publisher, year, office, version, day),
            prose=_prose(form, figures, year),
            layout=Layout(joined=Dice("joined", key)(0, 2) > 0, broken_labels=key in ("990104", "990103")),
        ),
        carrier="html" if office else CARRIERS.get((key, year), "html"),
        markup=Markup(markup, unclosed=key == "990104" and year == 2016),
        copies=(REPUBLISHED[key, year],) if (key, year) in REPUBLISHED else (),
    )


def _opening(key: str, name: str, publisher: str, year: int, office: bool, version: int, day: str) -> tuple[str, ...]:
    gathered = "汇总市政府各部门和各区人民政府的数据" if key == CITY else "汇总区政府各部门的数据"
    if office:
        gathered = "根据本机关的数据"
    maker = publisher if office else f"{publisher}办公室"
    law = "《中华人民共和国政府信息公开条例》"
    first = f"根据{law}，本报告由{maker}{gathered}编制，统计期限为{year}年1月1日至{year}年12月31日。"
    return (
        (first, f"本报告于{day[:4]}年{int(day[5:7])}月{int(day[8:])}日更正后重新公布。") if version == 2 else (first,)
    )


def _prose(form: str, figures: Printed, year: int) -> dict[int, tuple[str, ...]]:
    """Return our own sentences, which repeat a figure of the table here and there and claim nothing else."""
    if form == "sc_2014":
        received, closed = figures["requests_received", None], figures["requests_closed", None]
        return {
            1: (f"{year}年，本地区按照要求推进政府信息公开，明确分工，按时更新栏目。",),
            2: ("主动公开的信息通过政府网站等渠道发布，具体数量见附表。",),
            3: (f"全年收到政府信息公开申请{received}件，办结{closed}件，均按规定答复。",),
            4: ("依申请提供信息的收费情况见附表。",),
            5: ("行政复议和行政诉讼的数量见附表。",),
            6: ("栏目更新还不够均衡，下一步将按月检查。",),
        }
    return {
        1: (
            f"{year}年，本地区按照要求推进政府信息公开，明确分工，按时更新栏目。",
            f"全年新收政府信息公开申请{figures['req_new', 'total']}件。",
        ),
        5: ("栏目更新还不够均衡，下一步将按月检查，并对照目录补齐缺项。",),
        6: ("本年度未收取信息处理费。",) if form == "sc_2021" else ("无其他需要报告的事项。",),
    }
