"""Blocks to the HTML of an article's body, in the markups that editors and Word leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .report import Block, Paragraph
from .table import PrintedCell, PrintedTable

BORDER = "border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt"


@dataclass(frozen=True)
class Markup:
    """A way of marking up text. ``name``: ``plain`` (tags only), ``editor`` (a web editor's styles), ``word`` (pasted
    from Word) or ``spans`` (Word, one span a letter). ``unclosed``: cells and rows without end tags, as old pages have."""

    name: str = "plain"
    unclosed: bool = False


def body_html(blocks: list[Block], markup: Markup) -> str:
    """Return the HTML of the blocks, without the page around them."""
    return "\n".join(
        _table(block, markup) if isinstance(block, PrintedTable) else _paragraph(block, markup) for block in blocks
    )


def _paragraph(paragraph: Paragraph, markup: Markup) -> str:
    text = _text(paragraph.text, markup)
    if markup.name in ("word", "spans"):
        if paragraph.kind == "title":
            return (
                f'<p class="MsoNormal" align="center" style="text-align:center;line-height:28.0pt">'
                f'<b style="mso-bidi-font-weight:normal">{text}</b></p>'
            )
        font = "黑体" if paragraph.kind == "heading" else "仿宋_GB2312"
        return (
            f'<p class="MsoNormal" style="text-indent:32.0pt;mso-char-indent-count:2.0;line-height:28.0pt">'
            f'<span style="font-size:16.0pt;font-family:{font}">{text}</span></p>'
        )
    if paragraph.kind == "title":
        return f'<p style="text-align: center;"><strong>{text}</strong></p>'
    if markup.name == "editor":
        weight = "<strong>" + text + "</strong>" if paragraph.kind == "heading" else text
        return f'<p style="text-indent: 2em; line-height: 2em;"><span style="font-size: 16px;">{weight}</span></p>'
    return f"<p>{'<b>' + text + '</b>' if paragraph.kind == 'heading' else text}</p>"


def _table(table: PrintedTable, markup: Markup) -> str:
    opening = {
        "plain": '<table border="1" cellspacing="0" style="border-collapse:collapse;width:100%">',
        "editor": '<table border="1" cellspacing="0" cellpadding="0" align="center" width="680">',
    }.get(
        markup.name,
        '<table class="MsoTableGrid" border="1" cellspacing="0" cellpadding="0" style="border-collapse:collapse;border:none;'
        'mso-border-alt:solid windowtext .5pt;mso-yfti-tbllook:1184;mso-padding-alt:0cm 5.4pt 0cm 5.4pt">',
    )
    width = 680 / sum(table.widths)
    rows = []
    for number, row in enumerate(table.rows):
        start = {"plain": "<tr>", "editor": '<tr class="firstRow">' if number == 0 else "<tr>"}.get(
            markup.name, f'<tr style="mso-yfti-irow:{number};height:22.5pt">'
        )
        cells = "".join(_cell(cell, markup, width) for cell in row)
        rows.append(start + cells + ("" if markup.unclosed else "</tr>"))
    return f"{opening}<tbody>\n" + "\n".join(rows) + "\n</tbody></table>"


def _cell(cell: PrintedCell, markup: Markup, width: float) -> str:
    spans = (f' colspan="{cell.columns}"' if cell.columns > 1 else "") + (
        f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    )
    centred = cell.kind != "label"
    end = "" if markup.unclosed else "</td>"
    if markup.name == "plain":
        return f"<td{spans}{' align=center' if centred else ''}>{_text(cell.text, markup) or '&nbsp;'}{end}"
    if markup.name == "editor":
        align = ' style="text-align: center;"' if centred else ""
        return f'<td width="{width * cell.columns:.0f}" valign="middle"{spans}><p{align}>{_text(cell.text, markup) or "<br/>"}</p>{end}'
    align = ' align="center" style="text-align:center"' if centred else ""
    empty = '<span lang="EN-US"><o:p>&nbsp;</o:p></span>'
    font = "Times New Roman" if cell.kind == "value" else "宋体"
    inner = (
        f'<span style="font-size:10.5pt;font-family:{font}">{_text(cell.text, markup)}</span>' if cell.text else empty
    )
    return (
        f'<td{spans} style="width:{width * cell.columns * 0.75:.2f}pt;{BORDER};padding:0cm 5.4pt 0cm 5.4pt">'
        f'<p class="MsoNormal"{align}>{inner}</p>{end}'
    )


def _text(text: str, markup: Markup) -> str:
    if markup.name == "spans":
        return "".join("<br />" if letter == "\n" else f'<span lang="EN-US">{escape(letter)}</span>' for letter in text)
    return escape(text).replace("\n", "<br/>")
