"""Contacts: what points to a person is taken out of the text that is released; nothing else is touched.

In: a text as printed. Out: the same text with telephone numbers, e-mail addresses and the names of contact persons
replaced by 〔略〕. The one thing to know: figures must survive, so bare digits are only taken where a word says that they
are a number to call, or where an area code gives them away.
"""

from __future__ import annotations

import re

MARK = "〔略〕"
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+\s*[@＠]\s*[A-Za-z0-9-]+(?:\s*[.．]\s*[A-Za-z0-9-]+)+")
_CALL = re.compile(
    r"((?:电\s*话|热\s*线|传\s*真|手\s*机|联系方式|微信号?|QQ)(?:号码?)?\s*(?:/\s*传\s*真)?\s*(?:[(（][^()（）]{0,8}[)）])?\s*(?:为|是|[:：])?\s*)"
    r"((?:[(（]?0\d{2,3}[)）]?\s*[-—－–―]?\s*)?\d(?:[\d\s]|[-—－–―](?=\s*\d)){4,15}\d"
    r"(?:\s*[、,，/;；转或和]\s*(?:[(（]?0\d{2,3}[)）]?\s*[-—－–―]?\s*)?\d[\d\s\-—－–―]{2,15}\d)*)"
)
_AREA_CODE = re.compile(
    r"(?<![\d.])(?:[(（]0\d{2,3}[)）]\s*|0\d{2,3}\s*[-—－–―]\s*)\d{3,4}\s*-?\s*\d{3,4}(?:\s*[-—转]\s*\d{1,5})?(?!\d)"
)
_MOBILE = re.compile(r"(?<![\d.])1[3-9]\d{9}(?!\d)|(?<!\d)400[-—－]?\d{3,4}[-—－]?\d{3,4}(?!\d)")
_NAME = r"[\u3400-\u9fff·]\s?[\u3400-\u9fff·]{1,3}?"
_PERSON = re.compile(
    r"((?:联\s*系\s*人|联\s*络\s*人|经\s*办\s*人|填\s*报\s*人|联\s*络\s*员|负\s*责\s*人|审\s*核\s*人|制\s*表\s*人|填\s*表\s*人)(?:姓名)?\s*[:：]\s*)"
    rf"({_NAME}(?:\s*[、,，/]\s*{_NAME}(?=[、,，;；。)）(（\s]|$))*)(?=同志|先生|女士|老师|[、,，;；。)）(（\s]|联系|电话|手机|$)"
)


def redact(text: str) -> str:
    """Return a text without telephone numbers, e-mail addresses and names of contact persons.

    >>> redact("联系人：张三，电话：0551-6449000")
    '联系人：〔略〕，电话：〔略〕'
    """
    text = _MAIL.sub(MARK, text)
    text = _PERSON.sub(rf"\1{MARK}", text)
    text = _CALL.sub(rf"\1{MARK}", text)
    text = _AREA_CODE.sub(MARK, text)
    return _MOBILE.sub(MARK, text)
