"""Which titles announce an annual report on open government information, and of which year they speak.

The words are data (data/reference/report_titles.json). A government's, its office's and its departments' reports all
pass: whose it is, is decided later, from the title and the text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache

from extract.data_file import REFERENCE
from extract.numbers import whole_number

TITLES_FILE = REFERENCE / "report_titles.json"
CHINESE_DIGITS = str.maketrans("〇零○О一二三四五六七八九", "0000123456789")
YEAR_PATTERNS = (
    r"(?<!\d)(20\d\d)年?度?(?=[^()（）]*(?:公开|年报|年度报告|报告))",
    r"(?<!\d)(20\d\d)(?:年度|年)",
    r"(?<!\d)(20\d\d)(?!\d)",
)
# The Regulation (政府信息公开条例) came into force in May 2008; some cities reported before it.
FIRST_YEAR, LAST_YEAR = 2003, 2099
LONGEST_TITLE = 300  # characters; what is longer is no title, and the expressions here look at a title several times


def clean(text: str) -> str:
    """Return text in one line, full-width digits and odd spaces folded."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_report_title(title: str, *, column: bool = False) -> bool:
    """Tell whether a title announces such a report.

    ``column``: the title stands in a column of annual reports, where "2021年年度报告" needs not say of what.
    """
    words = _words()
    text = re.sub(r"\s+", "", clean(title[:LONGEST_TITLE]))
    if not text or words["not_report"].search(text):
        return False
    if words["report"].search(text):
        return True
    return column and bool(words["report_in_column"].search(text)) and not words["not_in_column"].search(text)


def is_column_title(title: str) -> bool:
    """Tell whether a link or a ColumnType names a column of such reports (政府信息公开年报)."""
    return bool(_words()["column"].fullmatch(re.sub(r"\s+", "", clean(title[:LONGEST_TITLE]))))


def leads_to_column(title: str) -> bool:
    """Tell whether a link on a home page leads towards such a column (政府信息公开)."""
    return bool(_words()["way_to_column"].fullmatch(re.sub(r"\s+", "", clean(title[:LONGEST_TITLE]))))


def year_of_title(title: str) -> int | None:
    """Return the report year a title tells, or None if it tells none or two that cannot be told apart.

    A year before 年度 or before the report's name wins over another in the title (of publication, in brackets).
    """
    text = re.sub(r"\s+", "", clean(title[:LONGEST_TITLE]))
    text = re.sub(r"[二〇零○О一三四五六七八九]{4}(?=年)", lambda m: m[0].translate(CHINESE_DIGITS), text)
    # "2019-2020年度" speaks of two years: neither is the report's.
    if re.search(r"(?<!\d)20\d\d年?[-—~～至到]20\d\d", text):
        return None
    for pattern in YEAR_PATTERNS:
        years = {whole_number(year) for year in re.findall(pattern, text)}
        if len(years) == 1:
            year = years.pop()
            return year if year is not None and FIRST_YEAR <= year <= LAST_YEAR else None
        if years:
            return None
    return None


@cache
def _words() -> dict[str, re.Pattern[str]]:
    data = json.loads(TITLES_FILE.read_text(encoding="utf-8"))
    return {name: re.compile("|".join(data[name]["patterns"])) for name in data if not name.startswith("_")}
