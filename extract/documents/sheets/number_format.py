"""A number of a sheet as the sheet shows it: number and format code in, text out (ECMA-376 part 1, 18.8.30-31).

The one thing to know: where a format shows something else than the number (nothing, a dash for zero, a fraction), None is
given and the reader keeps the number that the file holds and says so; a zero never becomes an empty cell here.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

#: Codes of the formats that are not written in the file (18.8.30; 37-44 and 5-8 are the accounting formats).
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    49: "@",
}

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>[Gg]eneral|G/通用格式)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+)|(?P<percent>%)|(?P<other>.)"
)
_COLOUR = re.compile(
    r"(?i)black|blue|cyan|green|magenta|red|white|yellow|colou?r\s*\d+|黑色?|蓝色?|绿色?|红色?|白色?|黄色?|dbnum0"
)
# Characters that stand for themselves without a quote (18.8.31), and Chinese ones, which Excel quotes but WPS may not.
_LITERAL = re.compile(r"[-+()$:!^&'~{}<>= ¥￥€£\u3000-\u9fff\uff00-\uffef]")


class _Pattern(NamedTuple):
    before: str
    digits: str  # "" for General
    after: str


def plain(value: int | float) -> str:
    """Return a number without an exponent and without the noise beyond 15 digits, an integer without a point."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(value: int | float, code: str) -> str | None:
    """Return the number as the format shows it; None where the format shows something else or is not understood."""
    if code in ("", "General", "@"):
        return plain(value)
    sections = _sections(code)
    number = Decimal(plain(value))
    if len(sections) > 2 and number == 0:
        pattern, sign = sections[2], ""
    elif len(sections) > 1 and number < 0:
        pattern, sign = sections[1], ""  # The section writes its own sign.
        if pattern is not None and not ("-" in pattern.before or "(" in pattern.before):
            return None
    else:
        pattern, sign = sections[0], "-" if number < 0 else ""
    if pattern is None:
        return None
    number = abs(number)
    digits = _digits(number * (100 if "%" in pattern.before + pattern.after else 1), pattern.digits)
    if digits is None:
        return None
    if not any(c in "123456789" for c in digits):
        sign = ""
    return f"{sign}{pattern.before}{digits}{pattern.after}".strip()


def show_date(value: datetime.date | datetime.time | datetime.timedelta, code: str) -> str:
    """Return a date as 2020年1月20日 where the format writes 年, else in the order of ISO 8601."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.date) and "年" in code:
        text = f"{value.year}年"
        if "月" in code:
            text += f"{value.month}月" + (f"{value.day}日" if "日" in code else "")
        return text
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Pattern | None, ...]:
    parts = re.findall(r'(?:"[^"]*"|\\.|[^;"\\]|["\\])*(?:;|$)', code)
    texts = [part.removesuffix(";") for part in parts]
    if len(texts) > 1 and not parts[-2].endswith(";"):
        texts.pop()  # The empty match at the end of the code.
    return tuple(_pattern(text) for text in texts)


def _pattern(section: str) -> _Pattern | None:
    before = after = ""
    digits: str | None = None
    for token in _TOKEN.finditer(section):
        kind = token.lastgroup
        text = token.group(kind) if kind else ""
        if kind == "digits" or kind == "general":
            if digits is not None:
                return None
            digits = "" if kind == "general" else text
            continue
        if (kind == "bracket" and not _COLOUR.fullmatch(text)) or (kind == "other" and not _LITERAL.match(text)):
            return None
        if kind == "bracket":
            continue
        if digits is None:
            before += text
        else:
            after += text
    return None if digits is None else _Pattern(before, digits, after)


def _digits(number: Decimal, pattern: str) -> str | None:
    if not pattern:
        return format(number, "f")
    whole, _, fraction = pattern.partition(".")
    if whole.endswith(",") or "," in fraction:
        return None  # Shown in thousands: another number than the file holds.
    rounded = format(number.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP), "f")
    units, _, decimals = rounded.partition(".")
    required = len(fraction.rstrip("#?"))
    while len(decimals) > required and decimals.endswith("0"):
        decimals = decimals[:-1]
    units = units.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole and len(units) > 3:
        units = f"{int(units):,}"
    if not units and not decimals:
        return None  # "#" shows nothing for zero.
    return f"{units}.{decimals}" if decimals else units
