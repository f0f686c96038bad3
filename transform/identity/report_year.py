"""The year reported on: what title, link, period and opening words say of it; never that of publication.

In: PageFacts and Hints. Out: the year and the pieces of evidence for it (``transform/attribution/weigh.py``). Seen in real reports: a
title moved by a year with the page's migration, a period copied from last year's report, a clock frozen in 2019 above a
report on 2023.
"""

from __future__ import annotations

import re

from transform.attribution.weigh import weightiest
from transform.identity.page_facts import PageFacts
from transform.observation import Evidence, Hints

_PERIOD_WORD = re.compile(r"(?:期限|时限|期间|时段|时间范围|统计时间|统计周期|统计口径|数据统计|统计数据|所列数据)")
_YEAR = re.compile(r"(?<!\d)(20[0-2]\d)(?=年|\d{0,4}月|\d{1,4}日|[-./]\d)")
_SPAN = re.compile(r"(?<!\d)(20[0-2]\d)年1月1日起?(?:至|到|[-—–~～]+)(?:(20[0-2]\d)年)?12月[23]\d日")
_OPENING = re.compile(
    r"(?:^|\n)一、[^\n]{0,24}\n(?:[((]一[))][^\n]{0,20}\n)?(20[0-2]\d)年度?[,，]|(?:^|\n)一、(?:总体情况|概述)(20[0-2]\d)年度?[,，]"
)


def report_year(facts: PageFacts, hints: Hints) -> tuple[int | None, tuple[Evidence, ...]]:
    """Return the year reported on, None where nothing tells, and the evidence for it and against it."""
    pieces = [
        Evidence("year", source, str(title.year), title.text[:80]) for source, title in facts.titles if title.year
    ]
    sources = {piece.source for piece in pieces}
    if hints.year and not sources & {"link title", "link year"} and hints.year != hints.told_year:
        pieces.append(Evidence("year", "link year", str(hints.year), str(hints.year)))
    if period := _period_year(facts.text):
        pieces.append(Evidence("year", "period", str(period), str(period)))
    if opening := _OPENING.search(facts.text):
        year = opening[1] or opening[2]
        pieces.append(Evidence("year", "opening", year, f"{year}年"))
    if hints.told_year is not None:
        source = "person (sure)" if hints.sure else "person"
        pieces.append(Evidence("year", source, str(hints.told_year), str(hints.told_year)))
    if pieces and facts.published_on:
        pieces.append(Evidence("year", "published", facts.published_on, facts.published_on))
    said = [piece for piece in pieces if piece.source != "person"]
    first = pieces[0].value if pieces else None
    year = weightiest(said, first) or weightiest(pieces, first)
    return (int(year) if year else None), tuple(pieces)


def _period_year(text: str) -> int | None:
    """Return the year of the statistics' period: of its end, where it names two."""
    for word in _PERIOD_WORD.finditer(text[:6000]):
        sentence = re.split(r"[。;\n(]", text[word.end() : word.end() + 60])[0]
        years = _YEAR.findall(sentence)
        if years:
            return int(years[-1])
    span = _SPAN.search(text[:6000])
    return int(span[2] or span[1]) if span else None
