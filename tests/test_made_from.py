"""What decides a figure is among the fingerprints a release keeps: whatever makes the reader another one shows in one of them."""

from __future__ import annotations

import re

import pytest

from flows.cache import keys
from flows.home.home import ROOT
from flows.releasing import release_inputs
from publish.files.made_from import READER_PARTS


@pytest.fixture
def made(tmp_path):
    portals = tmp_path / "portals.csv"
    portals.write_text("", encoding="utf-8")

    def made() -> dict[str, str | None]:
        keys.fingerprint.cache_clear()
        return release_inputs.made_from(portals, tmp_path / "readings.csv")

    yield made
    keys.fingerprint.cache_clear()


def test_every_line_of_any_version_is_in_one_part(made, monkeypatch):
    """Its code, its data, its libraries, and the programs it finds."""
    before, whole = made(), keys.made_of(" ".join([*keys.READERS, keys.BY_WORDS]))
    parts = [keys.libraries_of_readings(), keys.surroundings()]
    places = {line.partition("\t")[0] for line in whole if not any(line in lines for lines in parts)}
    code = {place for place in places if place.endswith(".py") or (ROOT / place).is_dir()}
    counted = {path for place in keys.programs() for path in keys.files_under(place)}
    assert len(code) > 20 and {path for place in code for path in keys.files_under(place)} <= counted
    data = places - code - {"words of the official tables"}
    assert len(data) >= 10
    assert {re.split("/", place)[0] for place in data} <= {"data", "divisions", "forms", "ocr", "reference", "sample"}
    for name, told in (("libraries_of_readings", "libraries"), ("surroundings", "helpers")):
        real = getattr(keys, name)
        with monkeypatch.context() as patch:
            patch.setattr(release_inputs, name, lambda real=real: (*real(), "one more"))
            changed = made()
            assert {part for part in READER_PARTS if changed[part] != before[part]} == {told}, name


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ("data/reference/new_rules.json", "forms"),
        ("data/reference/forms/sc_2030.json", "forms"),
        ("data/reference/ocr/letters.npz", "forms"),
        ("data/reference/new_folder/rules.json", "forms"),
        ("data/reference/divisions/new.csv", "divisions"),
        ("transform/new_rules.py", "programs"),
    ],
)
def test_a_new_file_is_noticed_wherever_it_lies(made, monkeypatch, tmp_path, place, part):
    for folder in (
        "data/reference/forms",
        "data/reference/ocr",
        "data/reference/divisions",
        "data/sample",
        "transform",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("data/reference/report_titles.json", "data/sample/divisions.csv", "data/reference/portals.csv"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(release_inputs, "ROOT", tmp_path)
    monkeypatch.setattr(keys, "ROOT", tmp_path)
    before = made()
    (tmp_path / "data/reference/portals.csv").write_text("another registry", encoding="utf-8")
    assert made() == before, "where reports are looked for is told apart from what stands in them"
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("{}", encoding="utf-8")
    changed = made()
    assert {name for name in before if before[name] != changed[name]} == {part}
