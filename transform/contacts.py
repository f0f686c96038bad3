"""Remove telephone numbers, e-mail addresses and the names of contacts from text that is released.

The archive keeps the page as published; the released narrative needs no person in it. What is removed leaves a mark, so
that nobody takes the sentence for complete.
"""

from __future__ import annotations

import re

MARK = "［…］"

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+\s?[@＠]\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# After a word for telephone, any run of digits; elsewhere only what is built like a number (区号-号码, 手机).
_TOLD = re.compile(r"((?:电\s*话|手机|传\s*真|热线)(?:号码)?\s*(?:为|是)?\s*[:：]?\s*[(（]?)(\d[\d\s\-—－–/、()（）转]{5,}\d)")
_PHONE = re.compile(r"(?<![\d.])(?:[(（]?0\d{2,3}[)）]?\s?[-—－–]\s?\d{7,8}(?:[-—－转]\d{1,5})?|[(（]0\d{2,3}[)）]\d{7,8}|1[3-9]\d{9})(?!\d)")
_PERSON = re.compile(r"((?:联\s*系\s*人|经\s*办\s*人|填\s*报\s*人|审\s*核\s*人|签\s*发\s*人)(?:员|姓名)?\s*[:：]\s*)([\u4e00-\u9fff·]{1}\s?[\u4e00-\u9fff·]{1,3}(?:[、，,]\s*[\u4e00-\u9fff·]{2,4})*)")


def remove_contacts(text: str) -> str:
    """Return text with each contact replaced by ``［…］``.

    >>> remove_contacts("联系人：某某某，电话：0551-0000000")
    '联系人：［…］，电话：［…］'
    """
    text = _EMAIL.sub(MARK, text)
    text = _TOLD.sub(rf"\1{MARK}", text)
    text = _PERSON.sub(rf"\1{MARK}", text)
    return _PHONE.sub(MARK, text)
