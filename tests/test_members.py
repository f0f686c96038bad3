"""Archives of several documents: each gives its readings, and what belongs to one report comes together."""

import io
import zipfile

from docx import Document as Docx

from extract.documents.read_document import read_document
from tests.pdf_sheet import report
from transform.observation import Hints
from transform.reports.read_report import read_report

SECTIONS = (
    "<h2>一、总体情况</h2><p>本机关依法做好政府信息公开工作，全年更新目录两次，答复公众来信三十件。</p>"
    "<h2>五、存在的主要问题及改进情况</h2><p>公开的内容还不够细，明年将按季度检查。</p>"
)


def packed(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def page(title="", prose="", issued="12", table=True):
    rows = (
        f"<tr><td>规章</td><td>{issued}</td><td>0</td><td>31</td></tr><tr><td>行政规范性文件</td><td>5</td><td>1</td><td>9</td></tr>"
        if table
        else ""
    )
    head = "<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>" if table else ""
    return f"<html><body><h1>{title}</h1>{prose}<table>{head}{rows}</table></body></html>".encode()


def docx_of(rows):
    """Return the same table as a DOCX file."""
    document = Docx()
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def issued(reading):
    return {o.indicator: o for o in reading.observations if o.source == "table"}["regulations.issued"]


BUREAU, OFFICE = "示例市教育局2021年政府信息公开工作年度报告", "示例市水务局2021年政府信息公开工作年度报告"
ROWS = [
    ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    ["规章", "12", "0", "31"],
    ["行政规范性文件", "5", "1", "9"],
]


def test_reports_of_two_bodies_stay_two_reports():
    data = packed(("甲/报告.html", page(BUREAU, SECTIONS, "12")), ("乙/报告.html", page(OFFICE, SECTIONS, "7")))
    found = {
        reading.identity.publisher: reading
        for reading in read_report(read_document(data), Hints(link_title="各单位年度报告", year=2019))
    }
    assert {name: issued(reading).value for name, reading in found.items()} == {"示例市教育局": 12, "示例市水务局": 7}
    assert {reading.identity.year for reading in found.values()} == {2021}
    assert {reading.document_id for reading in found.values()} == {read_document(data).document_id}
    assert issued(found["示例市水务局"]).locator.startswith("乙/报告.html t1 ")
    assert all(reading.sections for reading in found.values())


def test_text_and_tables_in_two_files_are_one_report():
    data = packed(("附表.docx", docx_of(ROWS)), ("正文.html", page(BUREAU, SECTIONS, table=False)))
    (found,) = read_report(read_document(data))
    assert (found.identity.publisher, found.identity.year) == ("示例市教育局", 2021)
    assert [section.section for section in found.sections] == [1, 5]
    assert (issued(found).value, issued(found).locator) == (12, "附表.docx t1 r2 c2")


def test_table_without_a_title_among_several_reports_is_none_of_theirs():
    data = packed(
        ("甲.html", page(BUREAU, SECTIONS, "12")),
        ("乙.html", page(OFFICE, SECTIONS, "7")),
        ("附表.docx", docx_of(ROWS)),
    )
    found = read_report(read_document(data))
    assert sorted((reading.identity.publisher or "", issued(reading).value) for reading in found) == [
        ("", 12),
        ("示例市教育局", 12),
        ("示例市水务局", 7),
    ]


def test_same_table_in_two_files_is_another_reading_of_its_cells():
    pdf, values = report()
    alike = packed(("报告.pdf", pdf), ("另存.pdf", pdf + b"\n"))
    (found,) = read_report(read_document(alike))
    cells = [o for o in found.observations if o.source == "table"]
    assert len(cells) == len(values)
    assert {o.reading for o in cells} == {"confirmed"}
    (found,) = read_report(
        read_document(packed(("报告.html", page(BUREAU, SECTIONS, "12")), ("报告.docx", docx_of(ROWS))))
    )
    assert (issued(found).reading, issued(found).value) == ("confirmed", 12)


def test_figures_that_differ_between_two_files_are_doubtful_and_both_are_told():
    differing = docx_of([ROWS[0], ["规章", "13", "0", "31"], ROWS[2]])
    (found,) = read_report(read_document(packed(("报告.html", page(BUREAU, SECTIONS, "12")), ("附表.docx", differing))))
    cell = issued(found)
    assert cell.reading == "doubtful"
    assert {cell.value_text, cell.note.split("'")[1]} == {"12", "13"}
    assert {cell.locator, cell.note.rpartition(" at ")[2]} == {"报告.html t1 r2 c2", "附表.docx t1 r2 c2"}


def test_one_program_reading_a_table_twice_confirms_nothing(monkeypatch):
    """Two PDFs of one report, of which only one of the two readings can be had."""
    from extract.documents.second_reading import by_camelot

    def fail(*args):
        raise ValueError("no second reading")

    monkeypatch.setattr(by_camelot, "read_tables", fail)
    pdf, _ = report()
    (found,) = read_report(read_document(packed(("报告.pdf", pdf), ("另存.pdf", pdf + b"\n"))))
    assert {o.reading for o in found.observations if o.source == "table"} == {"single"}


def test_file_name_tells_whose_report_it_is():
    data = packed((f"{BUREAU}.html", page("", "", "12")), (f"{OFFICE}.html", page("", "", "7")))
    found = read_report(read_document(data))
    assert {reading.identity.publisher: issued(reading).value for reading in found} == {
        "示例市教育局": 12,
        "示例市水务局": 7,
    }


def test_what_is_no_report_is_left_out_and_named():
    data = packed(("报告.html", page(BUREAU, SECTIONS)), ("通知.txt", "请各单位按时上报材料。".encode()))
    document = read_document(data)
    assert document.members == ()
    assert issued(read_report(document)[0]).locator == "t1 r2 c2"
    assert any(note.startswith("member 通知.txt left out") for note in document.notes)


def test_places_in_the_text_are_those_of_the_archive():
    data = packed(("甲.html", page(BUREAU, SECTIONS)), ("乙.html", page(OFFICE, SECTIONS)))
    document = read_document(data)
    for member in document.members:
        for block in member.document.blocks:
            assert member.document.text[block.start : block.start + len(block.text)] == block.text
            assert not block.text.strip() or document.text[block.start : block.start + len(block.text)] == block.text
