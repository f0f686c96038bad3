"""Fifty sentences as reports write them, with what they tell of the year 2021: the total where it is told, else nothing."""

from __future__ import annotations

import pytest

from extract.documents.read_document import read_document
from transform.observations.prose import observe_prose, told_figures

RECEIVED, DECIDED, REVIEW, LAWSUIT = "requests_received", "requests_decided", "review_total", "litigation_total"
TOTAL, SITE, WECHAT, WEIBO = "proactive_total", "channel_website", "channel_wechat", "channel_weibo"

SENTENCES = [
    # Requests received.
    ("2021年，全县共受理政府信息公开申请91件（另有2件结转下年度）。", {RECEIVED: 91}),
    ("本局2021年共受理信息公开申请10件，其中当面申请1宗，占10%；网上申请9宗，占90%。", {RECEIVED: 10}),
    ("2021年，我街道累计收到依申请信息公开件6件，未收取任何费用。", {RECEIVED: 6}),
    ("我局收到政府信息依申请公开办理事项1件，已在规定时间内办结答复。", {RECEIVED: 1}),
    ("2021年度，区公安分局依申请公开受理和办结6件。", {RECEIVED: 6, DECIDED: 6}),
    ("全年共收到依申请公开0件，公开0件，不予公开0件。", {RECEIVED: 0}),
    ("新收政府信息公开申请36件，上年结转3件。", {RECEIVED: 36}),
    ("接收自然人申请741件，法人或其他组织申请8件。", {}),
    ("收到申请12件，其中：网络申请8件，信函申请4件。", {RECEIVED: 12}),
    ("共收到政府信息公开申请、投诉举报35件。", {}),
    ("共受理政府信息公开申请和咨询48件。", {}),
    ("共受理县长信箱有效信件163件。", {}),
    ("依申请公开数量较去年增加15件。", {}),
    # Requests decided.
    ("共受理政府信息公开申请5件，本年度已办理5件（全部办理），部分公开5件。", {RECEIVED: 5, DECIDED: 5}),
    (
        "全县全年共受理政府信息公开申请 749 件，其中自然人申请 741 件；共办理 718 件，结转下一年 31 件。",
        {RECEIVED: 749, DECIDED: 718},
    ),
    ("在已经答复的9件申请中，“同意公开”的7件，占总数的70%。", {DECIDED: 9}),
    ("答复政府信息公开申请805件，予以公开258件。", {DECIDED: 805}),
    ("办理人大建议和政协提案23件，全部按期答复。", {}),
    ("“同意部分公开”1件，占总数的10%。", {}),
    # Reviews and lawsuits.
    ("2021年度发生行政复议案件1件，为其他结果；行政诉讼案件2件，为其他结果。", {REVIEW: 1, LAWSUIT: 2}),
    ("发生行政复议、行政诉讼案件共5件。", {}),
    ("因政府信息公开被申请行政复议和提起行政诉讼各3件。", {}),
    ("依法做好相关行政复议、行政诉讼案件的应诉工作，全县共办理相关案件74件。", {}),
    ("全年民事诉讼案件4件，行政诉讼案件2件。", {LAWSUIT: 2}),
    ("行政复议案件7件，其中维持5件，纠错2件。", {REVIEW: 7}),
    ("针对我局的行政复议案0件。", {REVIEW: 0}),
    ("行政诉讼一审3件，二审1件。", {}),
    # Told proactively, and by which channel.
    ("全年主动公开政府信息224条，较去年下降7.8%。", {TOTAL: 224}),
    ("我镇通过不同渠道和方式主动公开政务信息共217条。", {TOTAL: 217}),
    ("2021年度我局共主动公开政府信息总数49条。", {TOTAL: 49}),
    ("全年累计主动公开政府信息100余条，确保发布及时。", {TOTAL: 100}),
    ("其中，门户网站公开125条，微信公众号公开92条。", {SITE: 125, WECHAT: 92}),
    ("全年甲市人民政府网站共发布各类信息46106条。", {SITE: 46106}),
    ("强化主阵地功能，通过县政府门户网站主动公开政府信息4511条。", {SITE: 4511}),
    ("通过政府门户网站发布各类政府信息9822条，政务新媒体主动公开信息13349条，其中概况类信息45条。", {SITE: 9822}),
    ("通过政务新媒体，主动公开政府信息5994条。", {}),
    ("通过微信公众号、微博、今日头条等公开信息1071条。", {}),
    ("全县26家行政机关通过政务新媒体账号公开信息5994条。", {}),
    ("利用政务微博主动公开政府信息80条。", {WEIBO: 80}),
    ("政府网站公开信息3698条，微博微信公开信息2148条，政府公报公开信息0条。", {SITE: 3698, "channel_gazette": 0}),
    ("网站、报纸、电视公开信息900条。", {}),
    ("其中，机构职能类信息13条，占比5.8%；规划计划类信息1条，占比0.5%。", {}),
    ("主动公开行政许可处理事项746件、行政处罚处理事项887件。", {}),
    # Explaining and answering.
    (
        "举办新闻发布会12次，组织政府网站在线访谈0次，发布政策解读稿5篇。",
        {"press_conf_total": 12, "online_interview_total": 0, "policy_explainers": 5},
    ),
    ("发布政策文件89条，政策解读22条，开展在线调查2次。", {"policy_explainers": 22}),
    # Other times.
    ("2021年上半年，全区各行政机关共受理政府信息公开申请267件，答复263件。", {}),
    ("第三季度收到政府信息公开申请12件。", {}),
    ("2020年收到政府信息公开申请30件，2021年收到政府信息公开申请41件。", {RECEIVED: 41}),
    ("2019年以来，累计收到政府信息公开申请100件。", {}),
    ("上半年主动公开政府信息50条，全年主动公开政府信息120条。", {TOTAL: 120}),
    ("同期受理政府信息公开申请20件。", {}),
]


def told(text: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for one in told_figures(read_document(text.encode()), 2021):
        assert out.setdefault(one.concept, one.value) == one.value
    return out


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentence_tells_its_total_or_nothing(text, expected):
    assert told(text) == expected


def test_line_end_within_a_sentence_ends_neither_the_sentence_nor_its_parts():
    text = "二〇二一年度全镇严格按照条例办理，共收到政府信息公开申\n请16件，其中通过信函收到的政府信息公开\n申请12件。"
    assert told(text) == {RECEIVED: 16}


def test_concept_told_twice_with_different_figures_is_doubtful():
    text = "全年主动公开政府信息224条。2021年，我局主动公开政府信息230条。"
    (row,) = observe_prose(told_figures(read_document(text.encode()), 2021), set())
    assert (row.value, row.reading) == (224, "doubtful")


def test_traditional_characters_are_read_and_kept_as_printed():
    text = "全年共收到政府信息公開申請12件，行政復議3件。"
    rows = observe_prose(told_figures(read_document(text.encode()), 2021), set())
    assert {r.indicator: (r.value, r.value_text) for r in rows} == {RECEIVED: (12, "12件"), REVIEW: (3, "3件")}
