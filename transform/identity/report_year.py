"""The year reported on, from the votes of title, link and period; never that of publication.

Seen in real reports: a title moved by a year with the page's migration, a period copied from last year's report, a
clock frozen in 2019 above a report on 2023. So a title outweighs a single other source, two others that agree outweigh
a title, and a year that was not over when the report was published cannot be the year reported on.
"""

from __future__ import annotations

import re
from collections import defaultdict

from transform.identity.page_facts import PageFacts
from transform.observation import Hints

_PERIOD_WORD = re.compile(r"(?:期限|时限|期间|时段|时间范围|统计时间|统计周期|统计口径|数据统计|统计数据|所列数据)")
_YEAR = re.compile(r"(?<!\d)(20[0-2]\d)(?=年|\d{0,4}月|\d{1,4}日|[-./]\d)")
_SPAN = re.compile(r"(?<!\d)(20[0-2]\d)年1月1日起?(?:至|到|[-—–~～]+)(?:(20[0-2]\d)年)?12月[23]\d日")
_OPENING = re.compile(
    r"(?:^|\n)一、[^\n]{0,24}\n(?:[((]一[))][^\n]{0,20}\n)?(20[0-2]\d)年度?[,，]|(?:^|\n)一、(?:总体情况|概述)(20[0-2]\d)年度?[,，]"
)
_WEIGHTS = {"title": 3, "link title": 2, "index table": 2, "sentence": 2}


def report_year(facts: PageFacts, hints: Hints) -> int | None:
    """Return the year reported on, None where the document and its link don't say."""
    if hints.told_year is not None:
        return hints.told_year
    votes: dict[int, int] = defaultdict(int)
    counted = set()
    for source, title in facts.titles:
        if title.year and source not in counted:
            counted.add(source)
            votes[title.year] += _WEIGHTS[source]
    if hints.year and "link title" not in counted:
        votes[hints.year] += _WEIGHTS["link title"]
    period = _period_year(facts.text)
    if period:
        votes[period] += 2
    if opening := _OPENING.search(facts.text):
        votes[int(opening[1] or opening[2])] += 1
    possible = {year: weight for year, weight in votes.items() if _was_over(year, facts.published_on)} or votes
    first = next((title.year for _, title in facts.titles if title.year), None)
    return max(possible, key=lambda year: (possible[year], year == first, year), default=None)


def _period_year(text: str) -> int | None:
    """Return the year of the statistics' period: of its end, where it names two."""
    for word in _PERIOD_WORD.finditer(text[:6000]):
        sentence = re.split(r"[。;\n(]", text[word.end() : word.end() + 60])[0]
        years = _YEAR.findall(sentence)
        if years:
            return int(years[-1])
    span = _SPAN.search(text[:6000])
    return int(span[2] or span[1]) if span else None


def _was_over(year: int, published_on: str | None) -> bool:
    """A report on a year is not published before its December (some close their books on 29 or 30 December)."""
    return published_on is None or published_on >= f"{year}-12-01"
