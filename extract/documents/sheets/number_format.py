"""A number of a sheet as the sheet shows it: number and format code in, text out (ECMA-376 part 1, 18.8.30-31).

What is shown is what counts: a format may show nothing, a dash for zero, or thousands. Where a format is not understood
(fractions, exponents, Chinese numerals), None is given, and the reader keeps the number that the file holds, with a doubt.
"""

from __future__ import annotations

import datetime
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

#: Codes of the formats that are not written in the file (18.8.30; 37-44 and 5-8 are the accounting formats).
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"¥"#,##0;"¥"\\-#,##0',
    6: '"¥"#,##0;[Red]"¥"\\-#,##0',
    7: '"¥"#,##0.00;"¥"\\-#,##0.00',
    8: '"¥"#,##0.00;[Red]"¥"\\-#,##0.00',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    42: '_ "¥"* #,##0_ ;_ "¥"* \\-#,##0_ ;_ "¥"* "-"_ ;_ @_ ',
    44: '_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    49: "@",
}

# Beyond 15 digits a sheet rounds.
_MOST = 1e15
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>[Gg]eneral|G/通用格式)|(?P<digit>[0#?])|(?P<comma>,)|(?P<point>\.)|(?P<text>@)|(?P<percent>%)|(?P<other>.)"
)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)(-?\d+(?:\.\d+)?)")
_COMPARED = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_COLOUR = re.compile(
    r"(?i)black|blue|cyan|green|magenta|red|white|yellow|colou?r\s*\d+|黑色?|蓝色?|绿色?|红色?|白色?|黄色?|dbnum0"
)
# Characters that stand for themselves without a quote (18.8.31), and Chinese ones, which Excel quotes but WPS may not.
_LITERAL = re.compile(r"[-+()$:^&'~{}<>= ¥￥€£\u3000-\u9fff\uff00-\uffef]")
#: In a section: a digit's place, or literal text.
_Part = tuple[str, str]


class _Section(NamedTuple):
    """One section of a format: its condition, and literals and places for digits before and after the point."""

    condition: tuple[str, float] | None
    parts: tuple[_Part, ...]
    groups: bool = False
    thousands: int = 0
    percents: int = 0
    is_general: bool = False
    is_text: bool = False

    @property
    def decimals(self) -> int:
        point = self.parts.index(_POINT) if _POINT in self.parts else len(self.parts)
        return sum(kind == "digit" for kind, _ in self.parts[point:])


_POINT: _Part = ("point", ".")


def plain(value: int | float) -> str:
    """Return a number without an exponent and without the noise beyond 15 digits, an integer without a point."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    if not math.isfinite(value):
        return str(value)
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(value: int | float, code: str) -> str | None:
    """Return what the format shows of a number, which may be nothing; None where the format is not understood."""
    if code in ("", "General", "@"):
        return plain(value)
    if not math.isfinite(value) or abs(value) >= _MOST:
        return None
    number = Decimal(plain(value))
    section, sign = _chosen(_sections(code), number)
    if section is None:
        return None
    number = abs(number).scaleb(2 * section.percents - 3 * section.thousands)
    if section.is_general or section.is_text:
        text = _around(section, plain(float(number)))
    else:
        rounded = number.quantize(Decimal(1).scaleb(-section.decimals), ROUND_HALF_UP)
        filled = _filled(section, rounded)
        if filled is None:
            return None
        text = filled
    return (text if not any(c in "123456789" for c in text) else f"{sign}{text}").strip()


def puts_signs_between(code: str) -> bool:
    """Tell whether a format writes signs of its own between the digits of a number (``0!.0,``: ten thousands as 62.9)."""
    for section in _sections(code):
        kinds = [kind for kind, _ in section.parts] if section is not None else []
        places = [n for n, kind in enumerate(kinds) if kind == "digit"]
        if places and "literal" in kinds[places[0] : places[-1]]:
            return True
    return False


def show_text(text: str, code: str) -> str:
    """Return what the format shows of a text: only a fourth section, or one with ``@``, says anything of it."""
    if ";" not in code and "@" not in code:
        return text
    sections = _sections(code)
    section = sections[3] if len(sections) > 3 else next((one for one in sections if one and one.is_text), None)
    if section is None or (len(sections) <= 3 and not section.is_text):
        return text
    return (
        _around(section, text)
        if section.is_text
        else "".join(part for kind, part in section.parts if kind == "literal")
    )


def _chosen(sections: tuple[_Section | None, ...], number: Decimal) -> tuple[_Section | None, str]:
    """Return the section that shows a number, and the sign that Excel itself writes before it."""
    sign = "-" if number < 0 else ""
    if any(section is not None and section.condition for section in sections):
        for section in sections:
            if section is None:
                return None, ""
            if section.condition is None or _COMPARED[section.condition[0]](float(number), section.condition[1]):
                return section, sign
        return None, ""
    if len(sections) > 2 and number == 0:
        return sections[2], ""
    if len(sections) > 1 and number < 0:
        return sections[1], ""  # The section writes its own sign.
    return sections[0], sign


def _around(section: _Section, text: str) -> str:
    return "".join(text if kind in ("general", "text") else part for kind, part in section.parts)


def _filled(section: _Section, number: Decimal) -> str | None:
    """Put the digits of a number into the places of a section, those before the point from the right."""
    units, _, decimals = format(number, "f").partition(".")
    point = section.parts.index(_POINT) if _POINT in section.parts else len(section.parts)
    whole, fraction = section.parts[:point], section.parts[point + 1 :]
    places = [n for n, (kind, _) in enumerate(whole) if kind == "digit"]
    left = list(units.lstrip("0"))
    if section.groups and places:
        if places[-1] - places[0] + 1 != len(places):
            return None  # literals among grouped digits
        needed = sum(whole[n][1] == "0" for n in places)
        grouped = f"{int(''.join(left).rjust(needed, '0') or 0):,}" if left or needed else ""
        out = [grouped if n == places[0] else "" if n in places else part for n, (_, part) in enumerate(whole)]
    else:
        out = []
        for n in range(len(whole) - 1, -1, -1):
            kind, part = whole[n]
            if kind != "digit":
                out.append(part)
            elif left:
                out.append("".join(left) if n == places[0] else left[-1])
                left = [] if n == places[0] else left[:-1]
            else:
                out.append({"0": "0", "?": " "}.get(part, ""))
        out.reverse()
    digits = list(decimals)
    shown: list[str] = []
    for kind, part in fraction:
        shown.append(digits.pop(0) if kind == "digit" and digits else "" if kind == "digit" else part)
    optional = 0
    for kind, part in reversed(fraction):
        if kind != "digit" or part == "0":
            break
        optional += 1
    text = "".join(shown)
    for _ in range(optional):
        text = text.removesuffix("0")
    return "".join(out) + ("." if point < len(section.parts) and (text or fraction == ()) else "") + text


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
def _sections(code: str) -> tuple[_Section | None, ...]:
    parts = re.findall(r'(?:"[^"]*"|[\\!].|[^;"\\!]|["\\!])*(?:;|$)', code)
    texts = [part.removesuffix(";") for part in parts]
    if len(texts) > 1 and not parts[-2].endswith(";"):
        texts.pop()  # The empty match at the end of the code.
    return tuple(_section(text) for text in texts)


def _section(section: str) -> _Section | None:
    condition: tuple[str, float] | None = None
    parts: list[_Part] = []
    groups, commas, percents, is_general, is_text = False, 0, 0, False, False
    for token in _TOKEN.finditer(section):
        kind = token.lastgroup
        text = token.group(kind) if kind else ""
        if kind == "comma":
            commas += 1
            continue
        if kind == "digit" and commas:
            groups, commas = groups or any(kind == "digit" for kind, _ in parts), 0
        if kind == "bracket":
            compared = _CONDITION.fullmatch(text)
            if compared:
                condition = compared[1], float(compared[2])
            elif not _COLOUR.fullmatch(text):
                return None
        elif kind == "other" and not _LITERAL.match(text):
            return None
        elif kind == "point":
            if _POINT in parts:
                return None
            parts.append(_POINT)
        elif kind in ("digit", "general", "text"):
            is_general, is_text = is_general or kind == "general", is_text or kind == "text"
            parts.append((kind, text))
        elif kind is not None:
            percents += kind == "percent"
            parts.append(("literal", text))
    return _Section(condition, tuple(parts), groups, commas, percents, is_general, is_text)
