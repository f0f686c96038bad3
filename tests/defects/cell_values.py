"""Section A: what stands in a value cell, and numbers lost or false in the text around."""

from __future__ import annotations

from tests.defects.figures import APPLICANTS
from tests.defects.sample import Draft, kind
from tests.defects.tables import everywhere, relabel

DELTA = ("licensing.items_change", "other_services.items_change", "penalties.items_change", "coercion.items_change")


def _fill(draft: Draft, keys, text: str) -> None:
    for key in keys:
        draft.say(key, text)


def _zeros(draft: Draft, table: str):
    return [k for k in draft.keys(table) if draft.printed[k] == "0"]


@kind("A01_blank_for_zero", sparse=True)
def blank_for_zero(draft: Draft) -> bytes:
    _fill(draft, _zeros(draft, "t3"), "")
    body = draft.html()
    return draft.page(body.replace("&nbsp;", ("&nbsp;", "<o:p> </o:p>", "", "\u3000")[draft.seed % 4]))


@kind("A02_whole_table_blank")
def whole_table_blank(draft: Draft) -> None:
    _fill(draft, draft.printed, "")


@kind("A03_one_blank_among_zeros")
def one_blank_among_zeros(draft: Draft) -> None:
    _fill(draft, draft.keys("t2"), "0")
    draft.say(draft.keys("t2")[-1 - draft.seed], "")
    draft.say(draft.keys("t4")[draft.dice(0, 14)], "")


@kind("A04_blank_applicants_total_filled")
def blank_applicants(draft: Draft) -> None:
    kept = ("total",) if draft.seed % 2 else ("natural_person", "total")
    _fill(draft, [k for k in draft.keys("t3") if k[1] not in kept], "")


@kind("A05_blank_total_column")
def blank_totals(draft: Draft) -> None:
    _fill(draft, [k for k in draft.keys("t3") if k[1] == "total" and k[0].startswith("res_")], "")


@kind("A06_slash")
def slash(draft: Draft) -> None:
    _fill(draft, [k for k in draft.keys("t2") if "penalties" not in k[0]], "/" if draft.seed % 2 else "／")
    for key in draft.keys("t2"):
        if draft.printed[key] == "／":
            draft.say(key, "／", status="slash")


@kind("A07_dash")
def dash(draft: Draft) -> None:
    for key in draft.keys("t2")[:3] + draft.keys("t4")[:5]:
        draft.say(key, ("-", "—", "——")[draft.seed % 3], status="slash")


@kind("A07b_none_word")
def none_word(draft: Draft) -> None:
    _fill(draft, draft.keys("t2")[3:6] + draft.keys("t3")[7:14], "无")


@kind("A08_zero_slash_zero", "sc_2019")
def zero_slash_zero(draft: Draft) -> None:
    for row in DELTA:
        draft.say((row, None), "0/0", 0)


@kind("A09_signed_delta", "sc_2019")
def signed_delta(draft: Draft) -> None:
    for place, row in enumerate(DELTA):
        number = draft.dice(2, 1999)
        signed = (f"+{number}", f"-{number}", f"＋{number}", f"－{number}")[place]
        draft.say((row, None), signed, -number if place % 2 else number)


@kind("A10_delta_in_words", "sc_2019")
def delta_in_words(draft: Draft) -> None:
    for place, row in enumerate(DELTA):
        number = draft.dice(2, 1999)
        word = ("增", "减", "增加", "减少")[place]
        draft.say((row, None), f"{word}{number}", -number if place % 2 else number)


@kind("A11_unit_in_amount")
def unit_in_amount(draft: Draft) -> None:
    key = ("procurement.amount" if draft.form == "sc_2019" else "admin_fees.amount", None)
    number = draft.dice(100_000, 9_999_999)
    texts = (f"{number}元", f"{number / 100:.2f}万元", f"{number}万元", f"{number / 1000:.6f}万")
    draft.say(key, texts[draft.seed % 4], round((number, number / 100, number, number / 1000)[draft.seed % 4], 6))


@kind("A12_unit_in_header", "sc_2019")
def unit_in_header(draft: Draft) -> bytes:
    tables = everywhere(
        draft.tables(), lambda table: relabel(table, lambda t: "采购总金额（万元）" if t == "采购总金额" else t)
    )
    return draft.page(tables=tables)


@kind("A13_no_unit", "sc_2019")
def no_unit(draft: Draft) -> None:
    draft.say(("procurement.amount", None), str(draft.dice(10_000, 99_999)))


@kind("A14_many_decimals")
def many_decimals(draft: Draft) -> None:
    key = ("procurement.amount" if draft.form == "sc_2019" else "admin_fees.amount", None)
    draft.say(key, f"{draft.dice(1, 99_999)}.{draft.dice(1001, 9999)}{('', '07')[draft.seed % 2]}")


@kind("A15_footnote_in_cell")
def footnote_in_cell(draft: Draft) -> None:
    for place, key in enumerate(draft.keys("t2")[1:6:2] + draft.keys("t3")[14:16]):
        number = draft.printed[key]
        note = ("\n（其中修订 16 件）", "（含自然失效29件）", "\n(含上年5件)")[(draft.seed + place) % 3]
        draft.say(key, number + note, float(number))


@kind("A16_spaces_around")
def spaces_around(draft: Draft) -> None:
    for key in draft.keys("t3"):
        number = draft.printed[key]
        space = ("\u00a0", "  ", "\u3000", "\u200b", "\ufeff ")[draft.dice(0, 4)]
        draft.say(key, space + number + "\u00a0" * draft.dice(0, 2), float(number))


@kind("A17_number_over_tags")
def number_over_tags(draft: Draft) -> bytes:
    chosen = draft.keys("t3")[:40]
    for key in chosen:
        number = draft.printed[key]
        if len(number) > 1:
            draft.say(key, number[0] + "§" + number[1:], float(number))
    cut = ("</span><span lang=EN-US>", "</font><font>", "<b></b>", '<span style="mso-spacerun:yes"></span>')[
        draft.seed % 4
    ]
    body = draft.html().replace("§", cut)
    return draft.page(body.replace('<span lang="EN-US"></span>', ""))


@kind("A18_digits_on_two_lines")
def digits_on_two_lines(draft: Draft) -> None:
    # Joined they are the number as printed, but whoever reads it cannot be sure: never confirmed (see `unsure` of the test).
    for key in draft.keys("t4")[:3]:
        number = str(draft.dice(10, 99))
        draft.say(key, f"{number[0]}\n{number[1]}", float(number))


@kind("A19_number_lost_in_sentence")
def number_lost_in_sentence(draft: Draft) -> bytes:
    said = ("主动公开部门概况类信息条，权责清单项。", "全年收到政府信息公开申请，已答复件。")
    return draft.page(draft.html(prose={1: said}))


@kind("A20_digits_lost_in_dates")
def digits_lost(draft: Draft) -> bytes:
    body = draft.html()
    return draft.page(body.replace(f"{draft.year}年1月1日至{draft.year}年12月31日", f"{draft.year}11日至1231日"))


@kind("A21_impossible_rules")
def impossible_rules(draft: Draft) -> None:
    columns = [k for k in draft.keys("t2") if k[0].startswith("regulations.")]
    for key, text in zip(columns, (("2", "0", "2"), ("5", "5", "5"), ("0", "0", "6"))[draft.seed % 3], strict=True):
        draft.say(key, text)


@kind("A22_cases_in_item_columns", "sc_2019")
def cases_in_item_columns(draft: Draft) -> None:
    prior, change = draft.dice(1000, 5999), draft.dice(100, 1999)
    for column, number in (("items_prior_year", prior), ("items_change", change), ("decisions", prior + change)):
        draft.say((f"licensing.{column}", None), str(number))


@kind("A23_made_over_total", "sc_2019")
def made_over_total(draft: Draft) -> None:
    for column, number in (("made_new", 82 + draft.seed), ("disclosed_new", 0), ("disclosed_total", draft.seed)):
        draft.say((f"normative.{column}", None), str(number))


@kind("A24_parts_over_total")
def parts_over_total(draft: Draft) -> None:
    # The printed total of a row and of a column is wrong: it is kept as printed.
    for row in ("res_total", "res_granted_full"):
        key = (row, "total" if row == "res_total" else APPLICANTS[draft.seed % 6])
        draft.say(key, str(int(draft.printed[key]) + 3 + draft.seed))


@kind("A25_full_width_digits")
def full_width_digits(draft: Draft) -> None:
    for key in draft.keys("t3")[:70] + draft.keys("t4"):
        number = draft.printed[key]
        draft.say(key, number.translate(str.maketrans("0123456789", "０１２３４５６７８９")), float(number))


@kind("A26_thousands_separators")
def thousands_separators(draft: Draft) -> None:
    for key in draft.keys("t2") + draft.keys("t3"):
        number = draft.printed[key]
        if len(number.lstrip("-").partition(".")[0]) > 3:
            draft.say(key, f"{float(number):,.2f}" if "." in number else f"{int(number):,}", float(number))
    if draft.seed % 2:
        for key in [k for k in draft.keys("t3") if "," in draft.printed[k]]:
            draft.say(key, draft.printed[key].replace(",", "，"), draft.truth[key].value)


@kind("A27_measure_words_in_cells")
def measure_words(draft: Draft) -> None:
    for place, key in enumerate(draft.keys("t3")[:70] + draft.keys("t4")):
        number = draft.printed[key]
        draft.say(key, number + ("件", " 件", "起", "件 ")[(draft.seed + place) % 4], float(number))


@kind("A28_leading_zeros_and_decimals")
def leading_zeros(draft: Draft) -> None:
    for key in draft.keys("t3")[:14]:
        number = draft.printed[key]
        draft.say(key, (f"{number}.0", f"0{number}", f"{number}.00")[draft.seed % 3], float(number))


@kind("A29_numerals_in_words")
def numerals_in_words(draft: Draft) -> None:
    for key in draft.keys("t4")[:5]:
        draft.say(key, ("零", "一", "十二", "两件", "〇")[draft.dice(0, 4)], 0)
        draft.lose([key])


@kind("A30_digits_apart")
def digits_apart(draft: Draft) -> None:
    """1 234 may be one number or two: what is read of it must be doubtful."""
    for key in draft.keys("t3")[:3]:
        number = draft.dice(1000, 9999)
        draft.say(key, f"{number // 1000} {number % 1000:03d}", float(number))
        draft.lose([key])


@kind("A31_words_for_nothing")
def words_for_nothing(draft: Draft) -> None:
    for place, key in enumerate(draft.keys("t2")[:6]):
        draft.say(key, ("暂无", "N/A", "null", "详见附件", "*", "未统计")[place], 0)
        draft.lose([key])


@kind("A32_two_numbers_in_a_cell")
def two_numbers(draft: Draft) -> None:
    for place, key in enumerate(draft.keys("t2")[:4]):
        draft.say(key, ("12/3", "5，其中3", "7;8", "3+4")[place], 0)
        draft.lose([key])
