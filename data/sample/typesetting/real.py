"""Reports of real places: figures from ``figures.csv`` alone, addresses as ``data/sample/README.md`` tells.

Only reports whose tables were seen whole are here. The sentences are ours and claim nothing about the place.
"""

from __future__ import annotations

import csv
from pathlib import Path

from .forms import Layout, cells_of
from .html_page import Markup
from .printing import Printed
from .publications import Publication
from .report import Report

FIGURES = Path(__file__).resolve().parents[1] / "figures.csv"
NOTE = "本页为样本，按公开数据排印，叙述文字从略。"
# host, code, unit, kind, scope, title, day of publication (None: not known), carrier, markup, undivided row six
REAL = {
    ("瑶海区人民政府", 2019): ("www.hfyaohai.gov.cn", "瑶海区", "government", "瑶海区人民政府2019年政府信息公开工作年度报告", None, "html", "word"),
    ("上海市人民政府办公厅", 2019): ("www.shanghai.gov.cn", "上海市", "office", "2019年上海市人民政府办公厅政府信息公开工作年度报告", "2020-01-31", "html", "plain"),
    ("淮安市人民政府", 2024): ("www.huaian.gov.cn", "淮安市", "government", "淮安市人民政府2024年政府信息公开工作年度报告", "2025-02-25", "pdf", "plain"),
    ("淮安市洪泽区人民政府", 2023): ("www.hongze.gov.cn", "洪泽区", "government", "洪泽区人民政府2023年政府信息公开工作年度报告", None, "pdf", "plain"),
    ("金湖县人民政府", 2023): ("www.jinhu.gov.cn", "金湖县", "government", "金湖县人民政府2023年政府信息公开工作年度报告", None, "html", "editor"),
    ("宿迁市人民政府", 2023): ("www.suqian.gov.cn", "宿迁市", "government", "宿迁市人民政府2023年政府信息公开工作年度报告", None, "docx", "plain"),
}


def real_figures() -> dict[tuple[str, int], tuple[str, str, Printed]]:
    """Return (code, form, printed text by cell) of each report in ``figures.csv``, by publisher and year."""
    found: dict[tuple[str, int], tuple[str, str, Printed]] = {}
    with FIGURES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            report = found.setdefault((row["publisher"], int(row["year"])), (row["jurisdiction_code"], row["form"], {}))
            report[2][row["indicator"], row["applicant"] or None] = row["value_text"]
    return found


def real_publications() -> list[Publication]:
    """Return the publications of real places."""
    publications = []
    for (publisher, year), (code, form, figures) in real_figures().items():
        host, unit, kind, title, day, carrier, markup = REAL[publisher, year]
        undivided = ("res_other", "total") in figures and form == "sc_2021"
        layout = Layout(joined=carrier != "html", undivided_other=undivided)
        missing = set(cells_of(form, layout)) ^ set(figures)
        if missing:
            raise ValueError(f"{FIGURES}: {publisher} {year}: the form and the figures differ in {sorted(map(str, missing))}")
        report = Report(title, form, figures, (), {1: (NOTE,)}, layout)
        publications.append(
            Publication(
                host, code, f"CN-{code}", unit, publisher, kind, "unknown", year, 1, day, report, carrier, Markup(markup)
            )
        )
    return publications
