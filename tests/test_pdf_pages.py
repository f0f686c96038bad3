"""Hard PDF pages: rotated, of mixed size, over page breaks; every cell right, agreed on by both readings, nothing silent."""

from dataclasses import replace

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from tests.pdf_sheet import (
    FONT,
    Look,
    PrintedCell,
    PrintedTable,
    assert_read,
    canvas,
    draw,
    edges,
    figures,
    finish,
    over_pages,
    places,
    read,
    report,
    requests,
    seen,
    silent,
    split,
    tables,
    write,
)


def halved(table: PrintedTable, row: int, *, digits: bool) -> tuple[PrintedTable, PrintedTable]:
    """Cut a table through a row: its label half on each page, each figure whole above or its digits on both sides."""
    upper, lower = split(table, row + 1)
    above: list[PrintedCell] = []
    below: list[tuple[int, PrintedCell]] = []
    deeper = {column: cell for r, column, cell in places(lower) if r == 0}
    gone = set()
    for r, column, cell in places(upper):
        if r + cell.rows <= row:
            continue
        rest = deeper.get(column)
        if rest is not None and cell.kind == "label" and not rest.text:
            # A group label over several rows goes on below.
            above += [cell] if r == row else []
            below.append((column, replace(rest, rows=rest.rows + 1)))
            gone.add(column)
        elif r < row:
            below.append((column, replace(cell, text="", rows=1)))
        else:
            whole = len(cell.text)
            place = (1 if digits else whole) if cell.kind == "value" else (whole + 1) // 2
            above.append(replace(cell, text=cell.text[:place]))
            below.append((column, replace(cell, text=cell.text[place:])))
    first = tuple(cell for _, cell in sorted(below, key=lambda item: item[0]))
    second = tuple(cell for column, cell in sorted(deeper.items()) if column not in gone)
    return replace(upper, rows=(*upper.rows[:-1], tuple(above))), replace(lower, rows=(first, second, *lower.rows[1:]))


@pytest.mark.parametrize("rows", [[3], [6, 12, 20]])
def test_table_over_pages(rows):
    buffer, c, values, table = requests()
    for part in over_pages(table, rows):
        draw(c, part)
        c.setFont(FONT, 10)
        c.drawCentredString(297, 30, "- 3 -")
        c.showPage()
    assert_read(finish(buffer, c), values)


def test_header_printed_again_on_the_next_page():
    buffer, c, values, table = requests()
    first, second = over_pages(table, [14])
    draw(c, first)
    c.showPage()
    draw(c, second, top=draw(c, split(table, 3)[0]))
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("row", [3, 5, 12, 22])
def test_label_cut_by_the_page_break(row):
    buffer, c, values, table = requests()
    for part in halved(table, row, digits=False):
        draw(c, part)
        c.showPage()
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("row", [5, 24])
def test_row_cut_by_the_page_break_in_wide_columns_is_doubtful(row):
    # Why a column that has room for three digits should wrap them nobody can tell: the values are kept, and flagged.
    buffer, c, values, table = requests()
    for part in halved(table, row, digits=True):
        draw(c, part)
        c.showPage()
    cut = [key for key, text in values.items() if text in {cell.text for cell in table.rows[row]}]
    assert len(cut) == 7
    assert_read(finish(buffer, c), values, confirmed=0.96, doubtful=cut)


def test_digit_wrapped_row_cut_by_the_page_break():
    buffer, c, values, table = requests()
    table = replace(table, widths=(0.5, 1.1, 3.6, *[0.12] * 7))
    for part in halved(table, 3, digits=True):
        draw(c, part, Look(row_height=27))
        c.showPage()
    assert_read(finish(buffer, c), values)


def test_figures_below_the_break_belong_to_the_label_above():
    buffer, c, values, table = requests()
    upper, lower = split(table, 4)
    row = upper.rows[-1]
    upper = replace(upper, rows=(*upper.rows[:-1], tuple(replace(c, text="") if c.kind == "value" else c for c in row)))
    lower = replace(lower, rows=(tuple(replace(c, text="") if c.kind == "label" else c for c in row), *lower.rows))
    for part in (upper, lower):
        draw(c, part)
        c.showPage()
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("angle", [90, 180, 270])
def test_rotated_page(angle, landscape):
    width, height = (842, 595) if landscape else (595, 842)
    # reportlab swaps the sides of a page turned by 90 or 270 degrees.
    buffer, c, values, table = requests(size=(width, height))
    c.setPageRotation(angle)
    turn(c, angle, width, height)
    draw(c, table, Look(row_height=17 if landscape else 22, width=700 if landscape else 495), top=height - 30)
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_page_printed_sideways_without_being_declared_so(angle):
    width, height = (595, 842) if angle == 180 else (842, 595)
    buffer, c, values, table = requests(size=(width, height) if angle == 180 else (height, width))
    turn(c, angle, width, height)
    draw(c, table, Look(row_height=17, width=495 if angle == 180 else 700), top=height - 30)
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_upright_page_declared_to_be_rotated(angle):
    buffer, c, values, table = requests(size=(595, 842) if angle == 180 else (842, 595))
    c.setPageRotation(angle)
    draw(c, table)
    assert_read(finish(buffer, c), values)


def turn(c, angle, width, height):
    c.translate(*{90: (height, 0), 180: (width, height), 270: (0, width)}[angle])
    c.rotate(angle)


def test_pages_of_mixed_size():
    buffer, c = canvas()
    values = figures()
    sizes = {"t2": (595, 842), "t3": (842, 1191), "t4": (842, 595)}
    for name, table in tables(values).items():
        c.setPageSize(sizes[name])
        draw(c, table, Look(width=sizes[name][0] - 100), top=sizes[name][1] - 40)
        c.showPage()
    assert_read(finish(buffer, c), values)


def test_table_goes_on_on_a_larger_page():
    buffer, c, values, table = requests()
    first, second = over_pages(table, [12])
    draw(c, first)
    c.showPage()
    c.setPageSize((842, 1191))
    draw(c, second, Look(width=700), top=1100)
    assert_read(finish(buffer, c), values)


def test_encrypted_with_an_empty_password():
    data, values = report(encrypt=StandardEncryption("", ownerPassword="owner", strength=128))
    assert_read(data, values)


def test_page_mark_in_a_row_of_its_own_inside_the_table():
    buffer, c, values, table = requests()
    first, second = over_pages(table, [14])
    y, (xs, _) = draw(c, first), edges(first, Look())
    for x in (xs[0], xs[-1]):
        c.line(x, y, x, y - 24)
    c.line(xs[0], y - 24, xs[-1], y - 24)
    c.setFont(FONT, 9)
    c.drawCentredString((xs[0] + xs[-1]) / 2, y - 16, "— 5 —")
    c.showPage()
    draw(c, second)
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("mark", ["- 5 -", "5"])
def test_page_mark_inside_a_cell_is_never_a_silent_part_of_its_number(mark):
    buffer, c, values, table = requests()
    first, second = over_pages(table, [10])
    heights = [22] * 9 + [44]
    top = 22 * 9 + 44 + 36
    draw(c, first, heights=heights, top=top)
    c.setFont(FONT, 9)
    c.drawCentredString((edges(first, Look())[0][5] + edges(first, Look())[0][6]) / 2, 38, mark)
    c.showPage()
    draw(c, second)
    inside = next(key for key, text in values.items() if text == first.rows[9][-5].text)
    if mark == "5":
        # A figure or a page mark: the file does not tell. It must not be confirmed.
        found = seen(read(finish(buffer, c)))
        assert silent(found, values) == []
        assert found[inside].reading == "doubtful"
        assert [key for key in values if found[key].value != float(values[key])] == [inside]
    else:
        assert_read(finish(buffer, c), values, confirmed=0.99, doubtful=[inside])


def test_table_without_its_top_line_loses_no_row():
    """pdfplumber#1240: the first row is dropped where the top line is missing."""
    data, values = report(Look(skip=frozenset({"top"})))
    assert_read(data, values)


def test_rotated_page_keeps_its_reading_direction():
    """pdfplumber#848: on a rotated page 0.445 of the cells were right."""
    buffer, c, values, table = requests(size=(842, 595))
    c.setPageRotation(90)
    turn(c, 90, 842, 595)

    def two_lines(c, cell, x0, y0, x1, y1, look):
        write(
            c,
            replace(cell, text=cell.text[:9] + "\n" + cell.text[9:]) if len(cell.text) > 12 else cell,
            x0,
            y0,
            x1,
            y1,
            look,
        )

    draw(c, table, Look(row_height=18, width=740, write=two_lines), top=565)
    reading = assert_read(finish(buffer, c), values)
    assert all("camelot" in o.reader for o in reading.observations)
