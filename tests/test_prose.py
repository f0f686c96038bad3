"""Figures told in sentences, clause by clause."""

import pytest

from extract.documents.read_document import read_document
from transform.observations.prose import check_prose, observe_prose, told_figures


def told(text: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for t in told_figures(read_document(text.encode())):
        out.setdefault(t.concept, t.value)
    return out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年，全区共收到政府信息公开申请124件，其中区本级受理并办结41件。", {"requests_received": 124}),
        ("全年发生行政复议134件，行政诉讼57件。", {"review_total": 134, "litigation_total": 57}),
        ("新收政府信息公开申请36件，上年结转3件。", {"requests_received": 36}),
        (
            "共受理申请859件，申请数量较去年回落12.3%；答复政府信息公开申请805件（含上年度结转申请18件）。",
            {"requests_received": 859, "requests_decided": 805},
        ),
        ("联系电话：0551-64495818，邮编230000。", {}),
        ("依申请公开数量同比增长15件。", {}),
        (
            "全年主动公开政府信息2,345条，其中通过政府网站公开政府信息2000条。",
            {"proactive_total": 2345, "channel_website": 2000},
        ),
        (
            "全年举办新闻发布会3场，组织培训班2期，培训人员120人次。",
            {"press_conf_total": 3, "training_sessions": 2, "trained_persons": 120},
        ),
        ("收到政府信息公开申请5件，其中当面申请2件，网络申请3件。", {"requests_received": 5}),
        ("不予公开35件，占4.34%。", {}),
        ("2019年度本机关未收取信息处理费。", {}),
        ("共收到 政府信息公开申请 124 件。", {"requests_received": 124}),
    ],
)
def test_figure_comes_from_its_own_clause(text, expected):
    assert told(text) == expected


def test_prose_is_an_observation_only_where_no_table_tells_it():
    figures = told_figures(read_document("全年收到政府信息公开申请12件，行政复议3件。".encode()))
    rows = observe_prose(figures, {"req_new"})
    assert [(o.indicator, o.value, o.source, o.form, o.reading) for o in rows] == [
        ("review_total", 3.0, "prose", "narrative", "single")
    ]
    assert "12" in read_document("全年收到政府信息公开申请12件".encode()).text[figures[0].start : figures[0].stop]


def test_clauses_that_contradict_each_other_are_doubtful():
    figures = told_figures(read_document("收到政府信息公开申请12件。全年新收申请14件。".encode()))
    (row,) = observe_prose(figures, set())
    assert (row.value, row.reading) == (12, "doubtful")
    assert "14件" in (row.note or "")


def test_text_against_table_is_a_usual_check():
    from tests.test_recognise import seven, table3
    from transform.observations.observe import observe
    from transform.recognition.recognise import recognise

    page = read_document(
        f"<html><body><p>全年收到政府信息公开申请999件。</p>{table3({'req_new': seven(5)})}</body></html>".encode()
    )
    (check,) = check_prose(told_figures(page), observe(recognise(page.readings[0])))
    assert (check.severity, check.status, check.left, check.right) == ("usual", "broken", 999, sum(seven(5)[:6]))
    assert check.locators[0].startswith("ch ")
