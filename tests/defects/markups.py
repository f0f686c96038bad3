"""Pages as they really are: what editors, Word, site migrations and encodings do to a sound table."""

from __future__ import annotations

import re

from typesetting.html_page import Markup, body_html

from tests.defects.sample import Draft, Layout, PrintedTable, kind


@kind("R01_word_pasted")
def word_pasted(draft: Draft) -> None:
    draft.markup = Markup("word")


@kind("R02_unclosed_cells")
def unclosed_cells(draft: Draft) -> None:
    draft.markup = Markup(("plain", "word", "editor", "spans")[draft.seed % 4], unclosed=True)


@kind("R03_spans_overrun")
def spans_overrun(draft: Draft) -> bytes:
    body = draft.html()
    body = re.sub(
        r'colspan="(\d+)"([^>]*>(?:<[^>]*>)*(?:申请人情况|行政诉讼|第二十条第（八）项))', r'colspan="1\1"\2', body
    )
    last = body.rfind("<td")
    return draft.page(body[:last] + '<td rowspan="9" colspan="40"' + body[last + 3 :])


@kind("R04_nested_layout_tables")
def nested_layout_tables(draft: Draft) -> bytes:
    menu = '<td width="200" valign="top"><ul><li>机构职能</li><li>年度报告</li><li>指南</li></ul></td>'
    return draft.page(
        f'<table width="1000"><tr>{menu}<td><table><tr><td><div class="TRS_Editor">{draft.html()}</div></td></tr></table></td></tr></table>'
    )


@kind("R05_one_letter_spans")
def one_letter_spans(draft: Draft) -> None:
    draft.markup = Markup("spans")


@kind("R06_cells_as_divs")
def cells_as_divs(draft: Draft) -> bytes:
    """Tables without merged cells as nested divs with the roles of a table given by style or class."""
    from tests.defects.layouts import labels_repeated

    draft.markup = Markup("plain")
    body = labels_repeated(draft).decode()
    body = body[body.index('<div class="main">') + 18 : -len("</div></body></html>")]
    style = draft.seed % 2
    for tag, display in (("table", "table"), ("tr", "table-row"), ("td", "table-cell"), ("tbody", "table-row-group")):
        mark = f'style="display: {display};"' if style else f'class="x-{display}"'
        body = re.sub(rf"<{tag}\b[^>]*?((?: colspan=\"\d+\")?)[^>]*>", rf"<div {mark}\1>", body).replace(
            f"</{tag}>", "</div>"
        )
    rules = "".join(f".x-{d} {{ display:{d} }}" for d in ("table", "table-row", "table-cell", "table-row-group"))
    return draft.page(f"<style>{rules}</style>{body}")


@kind("R07_header_cells_and_groups")
def header_cells(draft: Draft) -> bytes:
    draft.markup = Markup("plain")
    body = re.sub(r"<tbody>\s*<tr>(.*?)</tr>", r"<thead><tr>\1</tr></thead><tbody>", draft.html(), flags=re.S)
    # A rowspan must not cross the end of a group, so the tables with merged headers keep theirs in one.
    body = re.sub(r"<thead>(<tr>(?:(?!</tr>).)*rowspan.*?</tr>)</thead><tbody>", r"<tbody>\1", body, flags=re.S)
    return draft.page(body.replace("<thead>", "<thead class=firstRow>").replace("<td>规", "<th>规"))


@kind("R08_comments_scripts_hidden")
def comments_scripts_hidden(draft: Draft) -> bytes:
    body = draft.html()
    noise = '<!--[if gte mso 9]><xml><td>99</td></xml><![endif]--><script>var t="<td>77</td>";</script><span style="display:none">88</span>'
    return draft.page(re.sub(r"(</td>)(?=\s*<td)", lambda m: m[1] if draft.dice(0, 9) else f"{noise}{m[1]}", body))


@kind("R09_hidden_copy_of_table")
def hidden_copy(draft: Draft) -> bytes:
    """An older table is still in the source, not shown."""
    body = draft.html()
    first = body.index("<table")
    table = body[first : body.index("</table>", first) + 8]
    old = re.sub(r">(\d+)<", lambda m: f">{int(m[1]) + 1}<", table)
    return draft.page(f'<div style="display:none">{old}</div>{body}')


@kind("R10_gbk")
def gbk(draft: Draft) -> bytes:
    declared = ("gb2312", "GBK", "utf-8")[draft.seed % 3]
    return draft.page().replace(b'charset="utf-8"', f'charset="{declared}"'.encode()).decode().encode("gb18030")


@kind("R11_utf8_with_bad_bytes")
def utf8_with_bad_bytes(draft: Draft) -> bytes:
    data = draft.page()
    for mark in ("按要求推进".encode(), "编制".encode(), "年度报告_".encode()):
        data = data.replace(mark, mark[:-3] + b"\xe5\xff", 1)
    return data


@kind("R12_byte_order_marks")
def byte_order_marks(draft: Draft) -> bytes:
    text = draft.page().decode()
    return (b"\xef\xbb\xbf" + text.encode(), b"\xff\xfe" + text.encode("utf-16-le"), text.encode("utf-16"))[
        draft.seed % 3
    ]


@kind("R13_entities")
def entities(draft: Draft) -> bytes:
    body = "".join(f"&#{ord(c)};" if ord(c) > 127 and draft.dice(0, 2) == 0 else c for c in draft.html())
    return draft.page(re.sub(r">(\d)", lambda m: f">&#x{ord(m[1]):x};", body))


@kind("R14_upper_case_old_html")
def upper_case(draft: Draft) -> bytes:
    body = re.sub(r"</?[a-z]+(?=[\s>/])", lambda m: m[0].upper(), draft.html())
    return draft.page(re.sub(r"<(TD|P|TABLE)([^>]*)>", lambda m: f"<{m[1]} vAlign=top bgColor=#ffffff{m[2]}>", body))


@kind("R15_rows_outside_table_body")
def no_table_body(draft: Draft) -> bytes:
    return draft.page(re.sub(r"</?tbody>|</tr>", "", draft.html()).replace("\n", "\r\n  "))


@kind("R16_tables_without_paragraph_between")
def tables_touching(draft: Draft) -> bytes:
    draft.layout = Layout(joined=False)
    return draft.page(body_html([b for b in draft.blocks() if isinstance(b, PrintedTable)], draft.markup))


@kind("R17_table_in_cell")
def table_in_cell(draft: Draft) -> bytes:
    """Each table lies in a one-cell table of its own, with a caption row for the editor's tool bar."""
    return draft.page(
        re.sub(
            r"(<table.*?</table>)",
            r'<table class="wrap"><tr><td align=center>\1</td></tr></table>',
            draft.html(),
            flags=re.S,
        )
    )


@kind("R18_line_breaks_in_source")
def line_breaks_in_source(draft: Draft) -> bytes:
    """White space and line breaks inside cells, as source formatters leave them, are no part of a label or number."""
    return draft.page(re.sub(r"<td([^>]*)>(.*?)</td>", r"<td\1>\n\t\t\2\n\t</td>", draft.html(), flags=re.S))


@kind("R19_links_and_bold_in_cells")
def links_in_cells(draft: Draft) -> bytes:
    draft.markup = Markup("plain")
    body = re.sub(
        r"(<td[^>]*>)([^<]+)(</td>)", r"\1<b><a href='javascript:;'><font size=2>\2</font></a></b>\3", draft.html()
    )
    return draft.page(body.replace("<b><a", "<u></u><b><a"))
