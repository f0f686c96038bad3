"""What a printed cell says."""

import pytest

from transform.recognition.values import parse_value, standardise


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("１２", 12),
        ("1,234", 1234),
        ("1，234", 1234),
        (" 0 ", 0),
        ("-2", -2),
        ("－2", -2),
        ("+123", 123),
        ("增1558", 1558),
        ("增加5", 5),
        ("减38", -38),
        ("减少38", -38),
        ("0/0", 0),
        ("22（其中修订 16 件）", 22),
        ("55\n（含自然失效 29 件）", 55),
        ("12 件", 12),
        ("59237.2449", 59237.2449),
        ("\u00a07\u3000", 7),
    ],
)
def test_number_is_read_as_printed(text, value):
    assert parse_value(text).value == value
    assert parse_value(text).status == "reported"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "blank"),
        ("\u00a0\n", "blank"),
        ("/", "slash"),
        ("-", "slash"),
        ("——", "slash"),
        ("无", "none_word"),
        ("详见附件", "unreadable"),
        ("3/5", "unreadable"),
        ("一", "unreadable"),
        ("2016年", "unreadable"),
        ("3,4", "unreadable"),
    ],
)
def test_everything_else_is_kept_apart_from_zero(text, status):
    assert parse_value(text).value is None
    assert parse_value(text).status == status


def test_unit_in_the_cell_is_kept():
    assert parse_value("251000元").unit == "元"
    assert parse_value("2601.953875万").unit == "万元"
    assert standardise(113.96, "万元") == (1139600.0, "元")
    assert standardise(5.0, None) == (None, None)


def test_digits_on_two_lines_are_joined_and_marked():
    assert parse_value("1\n0").value == 10
    assert parse_value("1\n0").broken
    assert not parse_value("10").broken
