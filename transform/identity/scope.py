"""Scope: which bodies a report's figures cover, from the sentences that tell it.

In: the text of a report and whose it is. Out: ``own_organ``, ``own_level`` (the government's own departments),
``region`` (lower levels as well) or ``unknown``, with the sentence. The one thing to know: the form fixes no scope and a
government may report any of the three, so only a sentence about the figures decides, never a general phrase.
"""

from __future__ import annotations

import re

from transform.identity.contacts import redact

_SENTENCE = re.compile(r"[^。；;!！?？\n]{4,300}")
_FIGURES = re.compile(r"汇总|综合|统计|数据|收到|受理|新收|包括|涵盖|编制")
_LOWER = re.compile(
    r"各(?:县|区|市|乡|镇|街|旗|苏木|地|州|盟)[^门属级]|各级(?:行政机关|人民政府|政府|机关)|(?:乡镇|镇街|街镇|街道|县区|县市区|区县|乡街)[^。]{0,8}(?:汇总|综合|数据|报送)"
    r"|所辖|辖区内各|下级(?:人民)?政府"
)
_WHOLE = re.compile(
    r"全(?:[省市县区旗州盟]|自治区)(?!政府系统培训)[^。,，]{0,14}?(?:共|累计|新)?(?:收到|受理|新收|接收|办理|收受)[^。]{0,16}?申请"
)
_WHOLE_ORGANS = re.compile(r"全(?:[省市县区旗州盟]|自治区)(?:各级)?行政机关")
_OWN_LEVEL = re.compile(
    r"各(?:部门|单位|委办局|工作部门|局)|[省市县区旗州盟](?:直|级|政府)(?:各)?(?:部门|单位|机关)|政府(?:组成|工作)?部门"
)
_GATHERED = re.compile(
    r"汇总|综合.{0,30}(?:编制|而成|数据|情况)|(?:数据|统计)[^。]{0,20}(?:包括|涵盖|包含|含)|(?:包括|涵盖|包含|含)[^。]{0,40}(?:数据|统计)"
)
_OWN = re.compile(
    r"(?:本机关|本单位|本局|本委|本办|本厅|本处|本镇|本乡|本街道|本部门|我局|我委|我办|我厅|我镇|我乡|我街道|我单位|我部门|我中心|我队|街道办)"
)
_COUNTED = re.compile(r"收到|受理|新收|统计|数据")
_SINGLE_ORGANS = frozenset({"department", "office", "township", "subdistrict", "vertical", "authorised"})
_OWN_FIGURES = re.compile(
    r"(?:仅|只|不)(?:包括|含|涵盖|统计)?[^。,，]{0,10}(?:本机关|本级|本单位|市本级|区本级|县本级)"
)


def report_scope(text: str, kind: str) -> tuple[str, str | None]:
    """Return (scope, sentence) for the figures of a report; ("unknown", None) where no sentence tells.

    ``text`` is free of white space inside sentences; ``kind`` the subject kind. Telephone numbers and the like are
    removed from the sentence.
    """
    level: str | None = None
    own: str | None = None
    for found in _SENTENCE.finditer(text):
        sentence = found[0]
        if not _FIGURES.search(sentence):
            continue
        if _OWN_FIGURES.search(sentence):
            return "own_organ", _evidence(sentence)
        if kind in ("government", "office", "unknown", "zone"):
            if _WHOLE.search(sentence) or (
                _GATHERED.search(sentence) and (_LOWER.search(sentence) or _WHOLE_ORGANS.search(sentence))
            ):
                return "region", _evidence(sentence)
            if level is None and _GATHERED.search(sentence) and _OWN_LEVEL.search(sentence):
                level = sentence
        if own is None and kind in _SINGLE_ORGANS and _COUNTED.search(sentence) and _OWN.search(sentence):
            own = sentence
    if level:
        return "own_level", _evidence(level)
    if own:
        return "own_organ", _evidence(own)
    return "unknown", None


def _evidence(sentence: str) -> str:
    return redact(sentence.strip())[:160]
