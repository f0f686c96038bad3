"""Reference data are a closed world: what a file may not hold is an error with file and place when it is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from extract.errors import ReferenceDataError
from transform.forms import cross_check
from transform.forms.form import load_identities
from transform.forms.reference import FORMS_DIRECTORY, decode


def changed(name: str, change: Callable[[Any], None]) -> bytes:
    data = json.loads((FORMS_DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    change(data)
    return json.dumps(data, ensure_ascii=False).encode()


def set_comparability(data: Any) -> None:
    data["crosswalk"][0]["comparability"]["sc_2014_to_2019"] = "brake"


def misspell_status(data: Any) -> None:
    data["identities"][0]["status"] = "implied_exakt"


def misspell_key(data: Any) -> None:
    data["tables"][0]["blocks"][0]["rows"][0]["variant_observed"] = ["规章"]


def set_unit(data: Any) -> None:
    data["tables"][0]["blocks"][0]["columns"][0]["unit"] = "piece 件"


def mix_note_into_label(data: Any) -> None:
    data["tables"][0]["blocks"][0]["rows"][0]["variants_observed"].append("规章类 (seen once)")


def invent_source(data: Any) -> None:
    data["identities"][0]["sources"] = ["NOBODY2024"]


def leave_out_sources(data: Any) -> None:
    data["identities"][0]["sources"] = []


def write_prose_for_a_date(data: Any) -> None:
    data["publication"][1]["governments"]["due"] = "31 March"


def misspell_form(data: Any) -> None:
    data["crosswalk"][0]["maps"]["sc_2091"] = "x"


def misspell_ratio(data: Any) -> None:
    data["indicators"][0]["nominator"] = data["indicators"][0].pop("numerator")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("crosswalk", set_comparability, r"forms/crosswalk\.json: Invalid enum value 'brake'.*sc_2014_to_2019"),
        ("crosswalk", misspell_form, r"forms/crosswalk\.json: .*unknown field `sc_2091`"),
        ("identities", misspell_status, r"forms/identities\.json: Invalid enum value 'implied_exakt'"),
        (
            "identities",
            invent_source,
            r"forms/identities\.json: t3_balance_2019: source 'NOBODY2024' is not in sources\.json",
        ),
        ("identities", leave_out_sources, r"forms/identities\.json: .*sources"),
        ("sc_2021", misspell_key, r"forms/sc_2021\.json: .*unknown field `variant_observed`"),
        ("sc_2021", set_unit, r"forms/sc_2021\.json: \w+: unit 'piece 件' is none of"),
        ("sc_2021", mix_note_into_label, r"forms/sc_2021\.json: regulations: '规章类 \(seen once\)' holds a note"),
        ("codebook", write_prose_for_a_date, r"forms/codebook\.json: .*governments\.due"),
        ("indicators", misspell_ratio, r"forms/indicators\.json: .*(numerator|nominator)"),
    ],
)
def test_what_a_file_may_not_hold_is_named_with_its_place(name, change, message):
    with pytest.raises(ReferenceDataError, match=message):
        decode(name, changed(name, change))


def test_files_as_they_are_agree():
    cross_check.check_reference()


def test_identity_over_a_row_that_no_form_has_is_named(monkeypatch):
    wrong = [
        replace(one, expression=one.expression.replace("req_new", "req_gnu")) if one.id == "t3_balance_2021" else one
        for one in load_identities()
    ]
    monkeypatch.setattr(cross_check, "load_identities", lambda: wrong)
    with pytest.raises(ReferenceDataError, match=r"t3_balance_2021: form sc_2021 has no cell req_gnu\[company\]"):
        cross_check.check_reference()


def test_sentence_about_a_cell_that_no_form_has_is_named(monkeypatch):
    known = cross_check.read_reference
    wrong = {"patterns": [{"concept": "requests_received", "maps": {"sc_2021": "req_gnu[total]"}}]}
    monkeypatch.setattr(cross_check, "read_reference", lambda name: wrong if name == "prose" else known(name))
    with pytest.raises(ReferenceDataError, match=r"prose\.json: requests_received: form sc_2021 has no cell"):
        cross_check.check_reference()
