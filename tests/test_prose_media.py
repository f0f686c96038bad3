"""Figures no form has, told in sentences: accounts and followers of new media, fees, training; each from its own clause."""

from __future__ import annotations

import pytest

from extract.documents.read_document import read_document
from transform.observations.prose import observe_prose, told_figures


def told(text):
    return {t.concept: t.value for t in told_figures(read_document(text.encode()))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "全区开设政务新媒体账号36个，其中微信公众号21个，微博15个。",
            {"new_media_accounts": 36, "wechat_accounts": 21, "weibo_accounts": 15},
        ),
        ("共有政务微信公众号12个、政务微博8个。", {"wechat_accounts": 12, "weibo_accounts": 8}),
        (
            "政务微博粉丝量达15万人，微信公众号关注人数3.2万人。",
            {"weibo_followers": 150_000, "wechat_followers": 32_000},
        ),
        ("备案政务新媒体45个，关停新媒体8个。", {"new_media_accounts": 45}),
        ("注销微信公众号2个，整合政务新媒体平台3个。", {}),
        ("政务新媒体发布信息2300条，微博发布120个话题。", {}),
        ("抽查政务新媒体20个，发现问题账号2个。", {}),
        ("微博新增粉丝300人。", {}),
        ("政务微信12月上线。", {}),
        (
            "全年收取信息处理费1200元，举办培训班2期，培训人员210人次。",
            {"processing_fees": 1200, "training_sessions": 2, "trained_persons": 210},
        ),
    ],
)
def test_each_figure_comes_from_its_own_clause(text, expected):
    assert told(text) == expected


def test_they_are_observations_of_the_narrative_with_their_place():
    text = "本年度共有政务新媒体36个。"
    (row,) = observe_prose(told_figures(read_document(text.encode())), set())
    assert (row.form, row.source, row.indicator, row.value, row.unit, row.reading) == (
        "narrative",
        "prose",
        "new_media_accounts",
        36,
        "个",
        "single",
    )
    start, stop = (int(n) for n in row.locator.removeprefix("ch ").split("-"))
    assert read_document(text.encode()).text[start:stop] == row.value_text == "36个"
