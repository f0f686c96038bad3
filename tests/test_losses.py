"""A release that lost too much is made and kept, but ``latest`` does not name it until a person says so."""

from __future__ import annotations

import json
import shutil

import pytest

from extract.archiving.archive import Archive
from extract.errors import HeldBackError, ReferenceDataError
from flows.cache.keys import fingerprint
from flows.cli import main
from flows.home.home import Home
from flows.reading.read import reading_pool
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from publish.compare.counts import count_release
from publish.compare.latest import hold_back, latest_release, point
from publish.compare.losses import THRESHOLDS, Loss, loss_lines, losses
from publish.schema.schemas import load_schemas
from tests.release_factory import VERSION, readings, release_tables, write_folder
from tests.report_factory import FIGURES, reading, record
from tests.to_read import documents_to_read
from tests.whole_line import read_batch

NEXT = "2026.11.1-sample"
RECORDS = [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abc", 1)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Leave out what these tests do not look at and what takes most of the time."""
    for step in ("write_exports", "build_site", "write_croissant", "write_datapackage"):
        monkeypatch.setattr(f"publish.releasing.release.{step}", lambda *_: None)


def folder(home, version, found=None, records=None):
    return write_folder(home / "releases" / version, release_tables(found, records or RECORDS), version)


def doubtful(one):
    from dataclasses import replace

    return replace(one, observations=tuple(replace(o, reading="doubtful") for o in one.observations))


def test_rows_figures_and_confirmed_are_counted_by_province_and_year(tmp_path):
    counts = {
        (c.table, c.province, c.year): (c.rows, c.figures, c.confirmed)
        for c in count_release(folder(tmp_path, VERSION))
    }
    # The report on 2021 has a blank and a slash, that on 2016 a blank; blanks are rows and no figures.
    assert counts["observations", "99", 2022] == (len(FIGURES), len(FIGURES), len(FIGURES))
    assert counts["observations", "99", 2021] == (len(FIGURES), len(FIGURES) - 2, len(FIGURES) - 2)
    assert counts["observations", "99", 2016] == (5, 4, 4)
    for table in ("reports", "documents", "sections", "panel"):
        assert [counts[table, "99", year][0] for year in (2016, 2021, 2022)] == [1, 1, 1], table
    assert counts["documents", "99", 2021][1:] == (None, None) and counts["panel", "99", 2021][1] > 10
    assert not {table for table, _, _ in counts} & {"changes", "audit"}


def test_what_was_lost_is_listed_by_table_province_and_year(tmp_path):
    before, now = folder(tmp_path, VERSION), folder(tmp_path, NEXT, readings()[:2], RECORDS[:2])
    found = losses(before, now)
    assert (
        Loss("observations", "99", "2016", "rows", "5", "0") in found
        and Loss("reports", "all", "all", "rows", "3", "2") in found
    )
    assert {loss.year for loss in found if loss.table != "panel_2024"} == {"2016", "all"}
    lines = [line.split() for line in loss_lines(found)]
    assert ["observations", "99", "2016", "rows", "5", "0"] in lines
    assert loss_lines(found, 2)[-1] == f"  and {len(found) - 2} more"


def test_a_gain_of_figures_that_are_less_sure_is_no_loss(tmp_path):
    """A portal that returns with years that are doubtful lowers the share of all rows, and takes nothing away."""
    before = folder(tmp_path, VERSION, readings()[:1], RECORDS[:1])
    after = folder(tmp_path, NEXT, [readings()[0], *map(doubtful, readings()[1:])])
    assert losses(before, after) == []


def test_a_fall_of_the_confirmed_share_is_a_loss_though_every_row_is_there(tmp_path):
    first, *rest = readings()
    found = losses(folder(tmp_path, VERSION), folder(tmp_path, NEXT, [doubtful(first), *rest]))
    assert [loss for loss in found if loss.table == "observations"] == [
        Loss("observations", "all", "all", "confirmed share", "100.0%", "51.6%"),
        Loss("observations", "99", "2022", "confirmed share", "100.0%", "0.0%"),
    ]
    assert not [loss for loss in found if loss.what == "rows"]


def test_what_was_gained_is_no_loss(tmp_path):
    more = [*readings(), reading("d", FIGURES | {"review_total": "8"})]
    small, middle = folder(tmp_path, VERSION, readings()[:1], RECORDS[:1]), folder(tmp_path, NEXT)
    large = folder(tmp_path, "2026.11.2-sample", more, [*RECORDS, record("d", "https://a.example/", "2026-03-01")])
    assert losses(small, middle) == losses(middle, large) == losses(middle, middle) == []


def test_a_release_is_compared_with_one_of_its_kind_that_is_there(tmp_path):
    folder(tmp_path, VERSION)
    folder(tmp_path, "2026.11.0", readings()[:1], RECORDS[:1])
    for version in (VERSION, "2026.10.0", "2026.10.0-sample"):
        point(tmp_path, version)
        hold_back(tmp_path, "2026.11.0")
    point(tmp_path, VERSION)
    folder(tmp_path, NEXT, readings()[:1], RECORDS[:1])
    with pytest.raises(HeldBackError, match=f"gongkai release --accept-losses --version {NEXT}"):
        hold_back(tmp_path, NEXT)
    hold_back(tmp_path, VERSION)


def test_thresholds_are_data_and_no_part_of_any_fingerprint(tmp_path):
    before, now = folder(tmp_path, VERSION), folder(tmp_path, NEXT, readings()[:2], RECORDS[:2])
    told = json.loads(THRESHOLDS.read_text(encoding="utf-8"))
    loose = tmp_path / "thresholds.json"
    loose.write_text(json.dumps(told | {"at_least": {"rows": 100, "figures": 100, "confirmed": 100}}), encoding="utf-8")
    assert losses(before, now) and losses(before, now, loose) == []
    loose.write_text(json.dumps(told | {"tables": {"reports": {"lines": {"place": 0, "whole": 0}}}}), encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=r"thresholds\.json: measures are rows"):
        losses(before, now, loose)
    assert set(told["tables"]) <= set(load_schemas())
    # A release is not made again because another may lose more.
    assert fingerprint("publish/compare/thresholds.json") == fingerprint("data/reference/portals.csv")


@pytest.fixture
def shrunk(tmp_path):
    """A home whose second archive holds fewer reports than the first, with the release of it held back."""
    from tests.small_release import fill_small

    home = Home(tmp_path / "home")
    for codes in (("340102", "990102"), ("340102",)):
        shutil.rmtree(home.archive, ignore_errors=True)
        fill_small(home, codes)
        with Archive(home.archive) as archive, reading_pool(1) as pool:
            read_batch(home, documents_to_read(home, archive), pool)
        if len(codes) == 2:
            release_archive(home, SAMPLE_PORTALS)
    with pytest.raises(HeldBackError):
        release_archive(home, SAMPLE_PORTALS)
    return home


def test_a_held_back_release_is_not_made_again_and_can_be_accepted(shrunk, monkeypatch, capsys):
    def no_work(*_):
        raise AssertionError("nothing is new: no server, no release")

    monkeypatch.setattr("flows.orchestration.own_server.prefect_server", no_work)
    names = {path.name for path in shrunk.releases.glob("2*")}
    first = latest_release(shrunk.folder)
    assert len(names) == 2
    messages = []
    for _ in range(2):
        assert main(["release", "--home", str(shrunk.folder)]) == 3
        messages.append(capsys.readouterr().err)
    assert messages[0] == messages[1] and "reports" in messages[0] and latest_release(shrunk.folder) == first
    # What was made since it was held back does not matter, and a file that is not as it was made does.
    (second,) = names - {first.name}
    assert main(["release", "--accept-losses", "--home", str(shrunk.folder), "--version", "2026.1.0"]) == 2
    victim = shrunk.releases / second / "codebook.csv"
    content = victim.read_bytes()
    victim.write_bytes(content + b"x")
    assert main(["release", "--accept-losses", "--home", str(shrunk.folder)]) == 3
    victim.write_bytes(content)
    assert latest_release(shrunk.folder) == first
    assert main(["release", "--accept-losses", "--home", str(shrunk.folder)]) == 0
    assert latest_release(shrunk.folder).name == second
    assert main(["release", "--home", str(shrunk.folder)]) == 0
    assert {path.name for path in shrunk.releases.glob("2*")} == names
