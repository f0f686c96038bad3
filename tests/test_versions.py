"""A new version needs a changed cell or narrative; which version stands follows from what stood last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report_factory import FIGURES, document_id, identity, reading, record
from tests.whole_line import assemble
from transform.attribution.rules import load_rules
from transform.observation import Section
from transform.reports.parts import to_table
from transform.versions.decisions import ATTRIBUTION, decisions_of
from transform.versions.hand_readings import HandReading

URL = "https://b.example/2022/page.html"
CHANGED = FIGURES | {"review_total": "8", "review_other": "3"}


def tables(readings, records):
    return assemble(to_table(readings), records)


def versions(found):
    return {r["version"]: r["is_current"] for r in found["reports"].to_pylist()}


def where(found):
    return {(r["version"], r["document_id"]) for r in found["report_documents"].to_pylist()}


def test_a_changed_page_counter_is_no_new_version():
    first = reading("a", text="一年来依法公开。浏览次数：17次")
    second = reading("b", text="一年来依法公开。浏览次数：1093次")
    found = tables([first, second], [record("a", URL), record("b", URL, "2026-05-01")])
    assert versions(found) == {1: True}


def test_a_changed_cell_at_one_address_is_a_new_version_with_its_revisions():
    found = tables([reading("a"), reading("b", CHANGED)], [record("a", URL), record("b", URL, "2026-05-01")])
    assert versions(found) == {1: False, 2: True}
    revised = {r["indicator"]: (r["old_value"], r["new_value"]) for r in found["revisions"].to_pylist()}
    assert revised == {"review_total": (7, 8), "review_other": (2, 3)}
    assert found["panel"].to_pylist()[0]["review_total"] == 8
    current = {r["document_id"]: r["is_current"] for r in found["observations"].to_pylist()}
    assert current == {document_id("a"): False, document_id("b"): True}


def test_a_blank_that_became_zero_is_a_revision():
    before = FIGURES | {"res_np_petition[total]": ""}
    after = FIGURES | {"res_np_petition[total]": "0"}
    found = tables([reading("a", before), reading("b", after)], [record("a", URL), record("b", URL, "2026-05-01")])
    (row,) = found["revisions"].to_pylist()
    assert (row["indicator"], row["old_value"], row["new_value"], row["old_text"], row["new_text"]) == (
        "res_np_petition",
        None,
        0,
        "",
        "0",
    )


def test_a_changed_narrative_is_a_new_version():
    found = tables(
        [reading("a"), reading("b", text="全年收到申请31件。")], [record("a", URL), record("b", URL, "2026-05-01")]
    )
    assert versions(found) == {1: False, 2: True}
    assert [r["indicator"] for r in found["revisions"].to_pylist()] == ["narrative"]


def test_a_page_put_back_makes_its_first_version_current_again():
    records = [record("a", URL), record("b", URL, "2026-05-01"), record("a", URL, "2026-09-01")]
    found = tables([reading("a"), reading("b", CHANGED)], records)
    assert versions(found) == {1: True, 2: False}
    assert found["panel"].to_pylist()[0]["review_total"] == 7


def test_a_later_published_copy_elsewhere_with_other_cells_is_a_new_version():
    late = reading("b", CHANGED, who=identity(published_on="2023-03-15"))
    found = tables([late, reading("a")], [record("b", "https://b.example/new.html"), record("a", URL)])
    assert versions(found) == {1: False, 2: True}
    assert where(found) == {(1, document_id("a")), (2, document_id("b"))}


def test_a_copy_that_says_it_corrects_is_a_new_version_without_dates():
    bare = identity(published_on=None)
    corrected = reading(
        "b",
        CHANGED,
        who=replace(bare, title="示例市乙区2022年政府信息公开工作年度报告（更正）"),
        media_type="application/pdf",
        quality="single",
    )
    found = tables(
        [corrected, reading("a", who=bare)], [record("a", URL), record("b", "https://b.example/x.pdf", "2026-02-02")]
    )
    assert versions(found) == {1: False, 2: True}


def test_another_reading_of_the_same_day_is_no_correction():
    misread = reading("b", CHANGED, media_type="application/pdf", quality="single")
    found = tables([reading("a"), misread], [record("a", URL), record("b", "https://city.example/x.pdf")])
    assert versions(found) == {1: True}
    assert found["panel"].to_pylist()[0]["review_total"] == 7
    assert found["panel"].to_pylist()[0]["review_total_read"] == "doubtful"


def test_a_later_pdf_that_only_may_be_misread_is_no_correction():
    misread = reading(
        "b", CHANGED, who=identity(published_on="2023-03-15"), media_type="application/pdf", quality="single"
    )
    found = tables([reading("a"), misread], [record("a", URL), record("b", "https://city.example/x.pdf")])
    assert versions(found) == {1: True}


def test_a_doubtful_cell_testifies_to_no_change():
    doubtful = reading("b", CHANGED, quality="doubtful")
    found = tables([reading("a"), doubtful], [record("a", URL), record("b", URL, "2026-05-01")])
    assert versions(found) == {1: True} and found["revisions"].num_rows == 0


def test_an_old_copy_elsewhere_joins_the_version_it_shows():
    late = identity(published_on="2023-03-15")
    found = tables(
        [reading("a"), reading("b", CHANGED, who=late), reading("c", who=identity(published_on="2023-04-01"), text="")],
        [record("a", URL), record("b", URL, "2026-05-01"), record("c", "https://city.example/x.html", "2026-06-01")],
    )
    assert where(found) == {(1, document_id("a")), (1, document_id("c")), (2, document_id("b"))}
    assert versions(found) == {1: False, 2: True}


def test_a_new_attachment_on_a_changed_page_replaces_the_old_one():
    one = "https://b.example/1.pdf"
    two = "https://b.example/2.pdf"
    found = tables(
        [
            reading("page1", {}, text="详见附件一"),
            reading("page2", {}, text="详见附件二"),
            reading("file1", media_type="application/pdf", text=""),
            reading("file2", CHANGED, media_type="application/pdf", text=""),
        ],
        [
            record("page1", URL),
            record("file1", one, kind="attachment", parent_url=URL),
            record("page2", URL, "2026-05-01"),
            record("file2", two, "2026-05-01", kind="attachment", parent_url=URL),
        ],
    )
    assert where(found) == {
        (1, document_id("page1")),
        (1, document_id("file1")),
        (2, document_id("page2")),
        (2, document_id("file2")),
    }


def test_a_version_of_which_only_the_page_changed_keeps_its_tables():
    found = tables(
        [reading("page1", {}, text="旧"), reading("page2", {}, text="新"), reading("file", text="")],
        [
            record("page1", URL),
            record("file", "https://b.example/1.docx", kind="attachment", parent_url=URL),
            record("page2", URL, "2026-05-01"),
        ],
    )
    assert versions(found) == {1: False, 2: True}
    assert {r["version"]: r["cells"] for r in found["reports"].to_pylist()} == {1: len(FIGURES), 2: len(FIGURES)}
    assert found["panel"].to_pylist()[0]["version"] == 2 and found["panel"].to_pylist()[0]["review_total"] == 7
    assert [r["indicator"] for r in found["revisions"].to_pylist()] == ["narrative"]


def test_what_stands_before_the_first_section_is_no_narrative():
    first = replace(reading("a"), sections=(Section(0, "", "今日访问量 5"), Section(1, "一、总体情况", "文")))
    second = replace(reading("b"), sections=(Section(0, "", "字体大小"), Section(1, "一、总体情况", "文 ")))
    assert versions(tables([first, second], [record("a", URL), record("b", URL, "2026-05-01")])) == {1: True}


def test_the_address_the_list_names_stays_through_redirects():
    moved = [
        record("a", "https://b.example/old/1.html", requested_url=URL),
        record("b", "https://b.example/new/2.html", "2026-05-01", requested_url=URL),
    ]
    assert versions(tables([reading("a"), reading("b", CHANGED)], moved)) == {1: False, 2: True}


def test_part_of_a_report_that_was_not_replaced_stays_in_the_new_version():
    requests = {name: text for name, text in FIGURES.items() if name.startswith(("req", "res"))}
    reviews = {name: text for name, text in FIGURES.items() if name.startswith("review")}
    readings = [
        reading("a", requests),
        reading("b", reviews),
        reading("c", reviews | {"review_total": "8", "review_other": "3"}),
    ]
    first, second = "https://b.example/2022/1.png", "https://b.example/2022/2.png"
    found = tables(readings, [record("a", first), record("b", second), record("c", second, "2026-05-01")])
    assert versions(found) == {1: False, 2: True}
    assert where(found) == {(1, document_id("a")), (1, document_id("b")), (2, document_id("a")), (2, document_id("c"))}
    assert {r["indicator"] for r in found["revisions"].to_pylist()} == {"review_total", "review_other"}
    (panel,) = found["panel"].to_pylist()
    assert (panel["review_total"], panel["requests_received"]) == (8, 30)


OTHER = {name: str(int(float(text)) * 3 + 1) for name, text in FIGURES.items()}


def states(found):
    return {(r["report_id"].partition("/")[0], r["attribution"], r["version"]) for r in found["reports"].to_pylist()}


@pytest.mark.parametrize("second", [URL, "https://b.example/other.html", "https://city.example/x.html"])
def test_a_file_of_which_most_figures_differ_is_a_rival_claim_and_no_revision(second):
    late = identity(published_on="2023-03-15")
    found = tables([reading("a"), reading("b", OTHER, who=late)], [record("a", URL), record("b", second, "2026-05-01")])
    assert states(found) == {("document", "doubtful", 1)}
    assert found["revisions"].num_rows == found["panel"].num_rows == 0
    for row in found["reports"].to_pylist():
        assert (row["unit_id"], row["year"]) == ("CN-990102", 2022) and "rival claim" in row["unit_evidence"]
    told = {(r["source"], r["agrees"]) for r in found["attributions"].to_pylist()}
    assert ("rival claim", False) in told


def test_a_file_that_says_it_corrects_is_a_revision_however_much_differs():
    late = identity(published_on="2023-03-15", title="示例市乙区2022年政府信息公开工作年度报告（更正）")
    found = tables([reading("a"), reading("b", OTHER, who=late)], [record("a", URL), record("b", URL, "2026-05-01")])
    assert versions(found) == {1: False, 2: True}


@pytest.mark.parametrize(("changed", "revision"), [(5, True), (9, True), (10, False), (12, False)])
def test_a_revision_keeps_half_of_the_figures_at_least(changed, revision):
    telling = [name for name, text in FIGURES.items() if float(text)]
    assert len(telling) == 19 and load_rules().revision_keeps == 0.5
    figures = FIGURES | {name: str(float(FIGURES[name]) + 100) for name in telling[:changed]}
    found = tables([reading("a"), reading("b", figures)], [record("a", URL), record("b", URL, "2026-05-01")])
    assert found["panel"].num_rows == revision
    assert (found["revisions"].num_rows == changed) == revision


def test_two_people_decide_between_rival_claims():
    readings = [reading("a"), reading("b", OTHER)]
    records = [record("a", URL), record("b", "https://b.example/other.html")]
    said = [
        HandReading(document_id("a"), ATTRIBUTION, claim, None, text, by, "2026-06-01", "")
        for by in ("one", "two")
        for claim, text in (("unit", "990102"), ("year", "2022"))
    ]
    for few in ([], said[:2]):
        found = assemble(to_table(readings), records, decisions=decisions_of(few)[0])
        assert found["panel"].num_rows == 0
    found = assemble(to_table(readings), records, decisions=decisions_of(said)[0])
    (row,) = found["panel"].to_pylist()
    assert row["review_total"] == 7
    kinds = {r["document_id"]: r["report_id"] for r in found["report_documents"].to_pylist()}
    assert kinds[document_id("a")].startswith("CN-") and kinds[document_id("b")].startswith("document/")


def test_two_people_decide_whose_a_document_is():
    said = [
        HandReading(document_id("a"), ATTRIBUTION, claim, None, text, by, "2026-06-01", "")
        for by in ("one", "two")
        for claim, text in (("unit", "CN-990103"), ("year", "2020"))
    ]
    found = assemble(to_table([reading("a")]), [record("a", URL)], decisions=decisions_of(said)[0])
    (row,) = found["panel"].to_pylist()
    assert (row["unit_id"], row["year"]) == ("CN-990103", 2020)


def test_a_repost_elsewhere_with_another_figure_is_told_and_no_revision():
    late = identity(published_on="2023-06-15")
    elsewhere = record("b", "https://city.example/x.html", "2026-06-01")
    found = tables([reading("a"), reading("b", CHANGED, who=late)], [record("a", URL), elsewhere])
    assert versions(found) == {1: True}
    told = [r for r in found["checks"].to_pylist() if r["identity"] == "copy_differs"]
    assert {(r["indicators"][0], r["left"], r["right"], r["status"]) for r in told} == {
        ("review_total", 7, 8, "broken"),
        ("review_other", 2, 3, "broken"),
    }
    assert all(r["severity"] == "usual" and r["term_documents"] == [document_id("a"), document_id("b")] for r in told)


def test_of_copies_the_one_whose_arithmetic_holds_stands():
    wrong = FIGURES | {"review_other": "3"}
    found = tables(
        [reading("a", wrong), reading("b", media_type="application/pdf")],
        [record("a", "https://city.example/x.html"), record("b", URL, "2026-05-01")],
    )
    assert versions(found) == {1: True}
    assert found["panel"].to_pylist()[0]["review_total_ok"] == "holds"


@pytest.mark.parametrize("other", [{"year": 2021}, {"unit_id": "CN-990103", "publisher": "示例市丙区人民政府"}])
def test_all_figures_equal_to_another_report_are_told(other):
    found = tables([reading("a"), reading("b", who=identity(**other))], [])
    (row,) = [r for r in found["checks"].to_pylist() if r["identity"] == "same_figures"]
    assert (row["operator"], row["status"], row["severity"], len(row["report_ids"])) == ("!=", "broken", "usual", 2)
    assert found["panel"].num_rows == 2


def test_checks_tell_their_version_and_whether_it_stands():
    found = tables([reading("a"), reading("b", CHANGED)], [record("a", URL), record("b", URL, "2026-05-01")])
    told = {(r["check_id"].split("/")[3], r["version"], r["is_current"]) for r in found["checks"].to_pylist()}
    assert told == {("v1", 1, False), ("v2", 2, True)}
