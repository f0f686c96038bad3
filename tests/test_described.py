"""A release is described for people and programs, and whatever it holds is documented."""

from __future__ import annotations

import argparse
import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from flows.cli import parser
from publish.codebook.codebook import FIELDS, codebook_rows
from publish.files.release_files import sha256
from publish.releasing.release import make_release
from publish.schema.schemas import SCHEMA_VERSION, load_schemas
from publish.schema.words import column_zh, missing_words, value_words
from tests.release_factory import VERSION, release_tables
from transform.forms.crosswalk import panel_columns
from transform.forms.form import load_forms, load_identities
from transform.forms.reference import read_reference
from transform.panel.indicators import load_ratios

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return make_release(
        tmp_path_factory.mktemp("home"), VERSION, tables=release_tables(), synthetic_allowed=True
    ).directory


def book(release, name="codebook"):
    with (release / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def text_of(name):
    return (DOCS / name).read_text(encoding="utf-8")


def test_frictionless_finds_the_data_package_valid(release):
    from frictionless import Package, Resource, system

    assert Package.metadata_validate is not None
    described = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    assert [str(e) for e in Package.metadata_validate(described)] == []
    tables = [r for r in described["resources"] if r["format"] == "csv"]
    assert {"panel-csv", "indicators-csv", "codebook", "codebook-years"} <= {r["name"] for r in tables}
    for resource in tables:
        with system.use_context(trusted=True):
            report = Resource.from_descriptor(resource, basepath=str(release)).validate()
        assert report.valid, report.flatten(["type", "rowNumber", "fieldName", "note"])[:5]


def test_mlcroissant_finds_the_croissant_valid_and_reads_its_records(release):
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=str(release / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set() and dataset.metadata.ctx.issues.warnings == set()
    named = {r.name for r in dataset.metadata.record_sets}
    assert named == {path.stem for path in release.rglob("*.parquet")}
    found = sorted(r["panel/requests_received"] for r in dataset.records("panel"))
    assert found == sorted(pq.read_table(release / "panel.parquet")["requests_received"].to_pylist())
    texts = [r["observations-2022/value_text"].decode() for r in dataset.records("observations-2022")]
    assert texts == pq.read_table(release / "observations" / "observations-2022.parquet")["value_text"].to_pylist()


def test_croissant_names_the_bytes_of_each_file(release):
    described = json.loads((release / "croissant.json").read_text(encoding="utf-8"))
    files = [d for d in described["distribution"] if d["@type"] == "cr:FileObject"]
    assert len(files) > 10 and all(sha256(release / f["contentUrl"]) == f["sha256"] for f in files)


def test_schema_org_zenodo_and_citation_say_the_same(release):
    described = json.loads((release / "dataset.jsonld").read_text(encoding="utf-8"))
    assert (
        described["@type"] == "Dataset"
        and described["version"] == VERSION
        and described["temporalCoverage"] == "2016/2022"
    )
    assert len(described["variableMeasured"]) == len(panel_columns())
    assert all((release / d["contentUrl"]).is_file() for d in described["distribution"])
    deposit = json.loads((release / "zenodo.json").read_text(encoding="utf-8"))["metadata"]
    cited = yaml.safe_load((release / "CITATION.cff").read_text(encoding="utf-8"))
    assert (deposit["title"], deposit["version"]) == (cited["title"], cited["version"]) == (described["name"], VERSION)
    assert deposit["upload_type"] == cited["type"] == "dataset" and deposit["license"] == cited["license"].lower()
    assert deposit["publication_date"] == str(cited["date-released"]) == described["datePublished"] == "2026-02-03"
    assert cited["cff-version"] == "1.2.0" and cited["authors"] and cited["message"]


def test_the_codebook_tells_everything_of_a_concept(release):
    (row,) = [r for r in book(release) if (r["table"], r["name"]) == ("panel", "refused_exempt_2019")]
    assert list(row) == list(FIELDS)
    for field in set(FIELDS) - {"note"}:
        assert row[field], field
    assert row["label_zh"].startswith("sc_2019: 1.属于国家秘密 + 2.其他法律行政法规禁止公开")
    assert "never sum across levels" in row["summing"] and "break" in row["comparability"]
    old = next(r for r in book(release) if r["table"] == "panel" and r["name"] == "refused_exempt_2014")
    assert "sc_2014: 不同意公开答复数 - 不是《条例》所指政府信息" in old["label_zh"]
    person = next(r for r in book(release) if r["table"] == "panel" and r["name"] == "req_new_natural_person")
    assert "（自然人）" in person["label_zh"]


def test_the_codebook_counts_what_is_missing_confirmed_and_consistent(release):
    (row,) = [r for r in book(release) if (r["table"], r["name"]) == ("panel", "not_held")]
    assert (row["missing_by_year"], row["confirmed_by_year"]) == ("2016 100%; 2021 100%; 2022 0%", "2022 100%")
    years = [r for r in book(release, "codebook_years") if (r["kind"], r["name"]) == ("indicator", "review_total")]
    assert [tuple(r[k] for k in ("year", "rows", "missing", "confirmed", "consistent")) for r in years] == [
        ("2021", "1", "0", "1", "0"),
        ("2022", "1", "0", "1", "1"),
    ]
    # What the form never asked is not missing: the form of 2014 has no such row.
    assert not [
        r
        for r in book(release, "codebook_years")
        if (r["table"], r["name"], r["year"]) == ("panel", "unclear_2019", "2016")
    ]


def test_every_column_indicator_identity_ratio_and_value_is_in_the_codebook():
    """Schemas, forms, identities and formulas on one side, the codebook on the other."""
    schemas = load_schemas()
    told = {(r["kind"], r["name"]): r for r in codebook_rows(schemas)}
    columns = {(r["table"], r["name"]): r for r in codebook_rows(schemas) if r["kind"] in ("column", "concept")}
    for name, schema in schemas.items():
        for column in schema.columns:
            row = columns[name, column.name]
            assert row["label_en"], f"{name}.{column.name}: describe it in publish/schema/tables/{name}.json"
            assert row["label_zh"], f"{name}.{column.name}: give its Chinese name in publish/schema/words.json"
            for value in column.allowed or ():
                assert all(value_words(value)), (
                    f"{name}.{column.name}={value}: give its words in publish/schema/words.json"
                )
    for form in load_forms().values():
        for table in form.tables:
            items = {
                f"{row.id}.{column.id}" for block in table.blocks for row in block.rows for column in block.columns
            }
            listed = (
                table.columns if table.kind == "single_row" else table.rows if table.kind in ("matrix", "list") else ()
            )
            for indicator in items | {item.id for item in listed if not item.heading}:
                assert told["indicator", indicator]["label_zh"], indicator
    for pattern in read_reference("prose")["patterns"]:
        row = told["indicator", pattern["concept"]]
        assert (
            row["label_en"]
            and row["label_zh"]
            and row["unit"]
            and "narrative" in row["forms"]
            and "sentence" in row["note"]
        ), pattern["concept"]
        assert (("identity", f"text_{pattern['concept']}") in told) == bool(pattern["maps"])
    for identity in load_identities():
        assert told["identity", identity.id]["label_en"], identity.id
    for ratio in load_ratios():
        assert told["ratio", ratio.id]["label_zh"], ratio.id
    assert {kind for kind, _ in told} == {"column", "concept", "indicator", "identity", "ratio", "value", "missing"}
    assert all(all(words) for words in missing_words().values()) and column_zh("nothing") == ""


def test_every_table_column_flag_and_value_is_in_the_docs():
    contract = text_of("contract.md")
    for name, schema in load_schemas().items():
        assert re.search(rf"\b{name}\b", contract), f"{name}: name the table in docs/contract.md"
        if name == "observations":
            assert [c for c in schema.names if c not in contract] == []
            assert [v for c in schema.columns for v in c.allowed or () if v not in contract] == []
    guide = text_of("researchers.md")
    flags = ("status", "reading", "consistency", "scope", "missing_reason", "subject_kind", "why")
    for schema in load_schemas().values():
        for column in schema.columns:
            if column.name in flags:
                missing = [v for v in column.allowed or () if f"`{v}`" not in guide]
                assert missing == [], f"{schema.name}.{column.name}: tell its values in docs/researchers.md"
    for name in (
        "csv",
        "dta",
        "xlsx",
        "duckdb",
        "codebook_years.csv",
        "croissant.json",
        "zenodo.json",
        "dataset.jsonld",
    ):
        assert name in guide, name
    assert all(f".{letter}" in guide for letter in missing_words())


def test_every_ratio_is_in_the_docs():
    told = text_of("indicators.md")
    assert [ratio.id for ratio in load_ratios() if f"`{ratio.id}`" not in told] == []


def commands():
    (action,) = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return action.choices


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_help_with_an_example_and_stands_in_the_docs(name):
    command = commands()[name]
    assert command.description and "example" in command.epilog and f"gongkai {name}" in command.epilog
    assert all(a.help for a in command._actions), f"gongkai {name}: an option without help"
    assert re.search(rf"`gongkai {name}\b", text_of("contract.md")), f"gongkai {name}: name it in docs/contract.md"
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert f"gongkai {name}" in readme, f"gongkai {name}: name it in README.md"


def test_schema_version_is_told_everywhere(release):
    for name in (
        "croissant.json",
        "dataset.jsonld",
        "zenodo.json",
        "datapackage.json",
        "codebook.csv",
        "codebook_years.csv",
    ):
        assert SCHEMA_VERSION in (release / name).read_text(encoding="utf-8"), name
