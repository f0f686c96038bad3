"""The invented province: its places, how they changed, who published what and when. Nothing here exists.

示例市 (990100) has eight districts over the years: one was created in 2019, one merged into another in 2021, one renamed
in 2017, one recoded in 2020; one never published its report on 2017, one was late once, one replaced a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .dice import Dice

CITY = "990100"
YEARS = range(2014, 2025)
COLUMNS = (
    "code", "name", "level", "kind", "parent", "province", "prefecture", "valid_from", "valid_to", "status", "successors",
    "successor_basis", "boundary_transfers", "start_date", "start_doc", "start_src", "end_date", "end_doc", "start_diff",
    "end_diff", "provenance",
)
SOURCE = "invented for the sample portal"


@dataclass(frozen=True)
class Place:
    """A territory that reports. ``key`` names it through all changes; ``first`` and ``last`` are its report years."""

    key: str
    first: int = YEARS[0]
    last: int = YEARS[-1]

    def code(self, year: int) -> str:
        """Its code at the end of a report year: 临范区 was recoded in 2020."""
        return "990117" if self.key == "990107" and year >= 2020 else self.key

    def name(self, year: int) -> str:
        """Its name at the end of a report year: 样溪区 has been called 样河区 since 2017."""
        return "样溪区" if self.key == "990106" and year < 2017 else NAMES[self.key]


NAMES = {
    "990100": "示例市", "990102": "东例区", "990103": "西例区", "990104": "南例区", "990105": "北例区", "990106": "样河区",
    "990107": "临范区", "990108": "新样区", "990109": "高例区",
}
CREATED, MERGED, INTO = "990108", "990105", "990104"
PLACES = tuple(
    Place(key, first=2019 if key == CREATED else 2014, last=2020 if key == MERGED else 2024) for key in NAMES
)
DISTRICTS = PLACES[1:]
NEVER_PUBLISHED = {("990103", 2017)}
LATE = {("990109", 2018): "2019-05-17"}
REPLACED = {("990102", 2021): "2022-06-15"}
REPUBLISHED = {("990102", 2016): "2018-08-20"}
OFFICE_YEARS = range(2019, 2025)


def published_on(key: str, year: int, office: bool = False) -> str:
    """Return the day a report was first published: by 31 March of the next year, an office's own by 31 January."""
    if not office and (key, year) in LATE:
        return LATE[key, year]
    dice = Dice("published", key, year, office)
    if office:
        return date(year + 1, 1, dice(8, 30)).isoformat()
    return date(year + 1, dice(2, 3), dice(3, 28)).isoformat()


def division_rows() -> list[dict[str, str]]:
    """Return the province's code history in the columns of ``data/reference/divisions/divisions_history.csv``."""

    def row(code: str, name: str, level: str, kind: str, parent: str, **more: str) -> dict[str, str]:
        of_city = {} if level == "province" else {"prefecture": "示例市"}
        fixed = {"province": "示例省", **of_city, "valid_from": "1990", "status": "active", "provenance": SOURCE}
        return dict.fromkeys(COLUMNS, "") | fixed | {
            "code": code, "name": name, "level": level, "kind": kind, "parent": parent, **more,
        }

    def district(code: str, name: str, **more: str) -> dict[str, str]:
        return row(code, name, "county", "市辖区", CITY, **more)

    return [
        row("990000", "示例省", "province", "省级", "000000"),
        row(CITY, "示例市", "prefecture", "地级市", "990000"),
        district("990102", "东例区", boundary_transfers="990108@2019"),
        district("990103", "西例区"),
        district("990104", "南例区"),
        district(
            "990105", "北例区", valid_to="2021", status="abolished", successors="990104", successor_basis="invented",
            end_date="2021-05-18", end_doc="示例〔2021〕2号", end_diff="-990105 北例区>南例区",
        ),
        district(
            "990106", "样溪区", valid_to="2017", status="renamed", successors="990106", successor_basis="same_code_rename",
            end_date="2017-06-20", end_doc="示例〔2017〕1号", end_diff="-990106 样溪区>.",
        ),
        district(
            "990106", "样河区", valid_from="2017", start_date="2017-06-20", start_doc="示例〔2017〕1号",
            start_diff="+990106 样河区<.",
        ),
        district(
            "990107", "临范区", valid_to="2020", status="abolished", successors="990117", successor_basis="invented",
            end_date="2020-07-09", end_doc="示例〔2020〕1号", end_diff="-990107 临范区>_",
        ),
        district(
            "990108", "新样区", valid_from="2019", start_date="2019-03-12", start_doc="示例〔2019〕1号",
            start_diff="+990108 新样区<东例区",
        ),
        district("990109", "高例区"),
        district(
            "990117", "临范区", valid_from="2020", start_date="2020-07-09", start_doc="示例〔2020〕1号",
            start_diff="+990117 临范区<_",
        ),
    ]
