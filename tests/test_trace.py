"""``gongkai trace`` tells the whole story of a number, and says what is wrong where there is none."""

from __future__ import annotations

import pytest

from extract.archiving.archive import Archive
from extract.documents.picture import has_picture, picture_of
from extract.errors import UnreadableDocument
from flows import cli
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from publish.by_hand.trace import trace
from tests.sample_home import sample


@pytest.fixture(scope="module")
def home():
    place = sample().home
    release_archive(place, SAMPLE_PORTALS)
    return place


@pytest.fixture
def release(home):
    return home.releases / (home.releases / "latest").read_text().strip()


def test_the_story_of_a_replaced_cell(home, capsys):
    assert cli.main(["trace", "990102", "2021", "res_granted_full[company]", "--home", str(home.folder)]) == 0
    told = capsys.readouterr().out
    assert "res_granted_full[company] = 0 件 (printed '0', reported)" in told
    assert "version 2: res_granted_full[company] '2' became '0'" in told
    assert "broken        t3_row_total_2021 (exact): 304 == 306, off by -2" in told
    assert "gongkai-000001.warc.gz at " in told and "row: 三、本年度办理结果" in told
    assert told.index("[0]") < told.index("[2]")


def test_without_an_applicant_it_is_the_total(release):
    found = trace(release, "990103", 2023, "req_carried_in")
    (figure,) = found.figures
    assert (figure["applicant"], figure["value"]) == ("total", 51)
    assert [(c.name, row["requests_pending_start"]) for c, row in found.concepts] == [("requests_pending_start", 51)]
    assert {"t3_carry_2021", "t3_balance_2021", "agg_lower_le_region"} <= {c["identity"] for c in found.checks}


def test_a_check_is_over_a_cell_only_where_the_cell_is_of_this_report(release):
    # The number carried into 2024 is checked against the one carried out of 2023, not against the one carried in.
    found = trace(release, "990103", 2023, "req_carried_in")
    assert not [c for c in found.checks if c["identity"] == "t3_carry_2021" and c["report_ids"][0].endswith("2024")]
    out = trace(release, "990103", 2023, "req_carried_out")
    assert [c for c in out.checks if c["identity"] == "t3_carry_2021" and c["report_ids"][0].endswith("2024")]


def test_a_concept_and_an_indicator_stand_for_their_cells(release):
    concept = trace(release, "990104", 2020, "requests_decided")
    assert {(f["indicator"], f["applicant"]) for f in concept.figures} == {("res_total", "total")}
    assert [(row["unit_id"], row["members"]) for _, row in concept.at_boundaries] == [
        ("CN-990104", ["CN-990104", "CN-990105"])
    ]
    ratio = trace(release, "990104", 2020, "disclosed_share")
    assert {f["indicator"] for f in ratio.figures} == {"res_granted_full", "res_granted_part", "res_total"}
    assert [(r.id, row["numerator"]) for r, row in ratio.ratios] == [("disclosed_share", 417)]


def test_a_unit_is_found_by_its_code_of_that_year_or_its_id(release):
    assert trace(release, "990107", 2019, "res_total").reports[0]["unit_id"] == "CN-990107"
    assert trace(release, "990117", 2020, "res_total").reports[0]["unit_id"] == "CN-990107"
    assert trace(release, "CN-990107", 2020, "res_total").figures == trace(release, "990117", 2020, "res_total").figures


def test_the_governments_report_goes_before_its_offices(release):
    assert {r["subject_kind"] for r in trace(release, "990100", 2022, "res_total").reports} == {"government"}
    assert {r["subject_kind"] for r in trace(release, "310000", 2019, "res_total").reports} == {"office"}


def test_a_place_on_a_page_is_cut_out_as_a_picture(home, tmp_path, capsys):
    path = tmp_path / "place.png"
    assert cli.main(["trace", "990100", "2024", "res_total", "--home", str(home.folder), "--picture", str(path)]) == 0
    from PIL import Image

    with Image.open(path) as image:
        width, height = image.size
        framed = {colour: count for count, colour in image.getcolors(1 << 24)}[200, 0, 0]
    # The whole width of an A4 page, so that the label of the row is seen.
    assert 1400 < width < 1600 and 150 < height < 400 and framed > 200
    assert "picture of p2 " in capsys.readouterr().out


def test_a_cell_of_a_web_page_has_no_picture(home, tmp_path, capsys):
    path = tmp_path / "place.png"
    assert cli.main(["trace", "990103", "2023", "res_total", "--home", str(home.folder), "--picture", str(path)]) == 2
    assert "no picture: t3 r27 c10 is a place in a text/html" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["990103", "2017", "res_total"], "no report of 990103 on 2017"),
        (["990103", "2023", "replies_total"], "prints no replies_total"),
        (["990103", "2023", "normative"], "it prints normative.in_force, normative.issued, normative.repealed"),
    ],
)
def test_what_is_not_there_is_told(home, arguments, said, capsys):
    assert cli.main(["trace", *arguments, "--home", str(home.folder)]) == 2
    assert said in capsys.readouterr().err


def test_without_a_release_it_says_how_to_make_one(tmp_path, capsys):
    assert cli.main(["trace", "340102", "2019", "res_total", "--home", str(tmp_path)]) == 2
    assert "gongkai build" in capsys.readouterr().err


def test_a_picture_of_no_page_is_refused(home):
    assert has_picture("p2 1.0,2.0,3.0,4.0") and not has_picture("t2 r7 c4") and not has_picture("ch 1-2")
    row = next(r for r in sample().rows("observations") if has_picture(r["locator"]))
    with Archive(home.archive) as archive:
        data = archive.payload(row["document_id"])
    with pytest.raises(UnreadableDocument, match="names page 99"):
        picture_of(data, "p99 1.0,2.0,3.0,4.0")
    with pytest.raises(UnreadableDocument, match="cannot be opened"):
        picture_of(b"%PDF-1.4", "p1 1.0,2.0,3.0,4.0")
