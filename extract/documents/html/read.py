"""HTML to a Document: paragraphs in reading order and every data table as a grid with its merged cells expanded.

lxml parses (``html.parser`` loses unclosed cells); one walk over the tree collects the text. What is not shown
(comments, scripts, styles, hidden elements) is left out. A table that only arranges the page gives no grid: its text
stays among the blocks.
"""

from __future__ import annotations

import re

from lxml import etree

from extract.document import Document, Reading
from extract.documents.html.css import Styles, is_picture, is_shown_picture, read_styles
from extract.documents.html.damage import mark_damage
from extract.documents.html.fields import Written, field_text, read_written
from extract.documents.html.looks import BACKWARDS, GONE, RAISED, STRUCK, UNSEEN, UNSURE, Looks, read_looks
from extract.documents.html.table import HtmlTable
from extract.documents.shared.blocks import Item, Raised, Struck, assemble
from extract.documents.shared.encoding import decode
from extract.errors import UnreadableDocument

_PAGE_TAGS = {
    name.lower(): name
    for name in (
        "SiteName",
        "SiteDomain",
        "SiteIDCode",
        "ColumnName",
        "ColumnType",
        "ArticleTitle",
        "PubDate",
        "ContentSource",
        "Keywords",
        "Description",
    )
}
# No text of these is shown.
_UNSHOWN = frozenset(
    {
        "script",
        "style",
        "head",
        "title",
        "template",
        "noscript",
        "object",
        "iframe",
        "svg",
        "audio",
        "video",
        "canvas",
        "datalist",
        "meta",
        "link",
    }
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "center",
        "blockquote",
        "form",
        "pre",
        "hr",
        "address",
        "fieldset",
        "main",
        "nav",
        "aside",
        "figure",
        "figcaption",
        "caption",
        "body",
        "legend",
        "details",
        "summary",
        "ucapcontent",
        "dir",
        "menu",
    }
)
# Of those, what draws something.
_DRAWN = frozenset({"svg", "canvas", "object", "iframe", "video"})
_ROLES = frozenset({"table", "group", "row", "cell"})
_KINDS = {
    **dict.fromkeys(_UNSHOWN, "unshown"),
    **dict.fromkeys(_BLOCKS, "block"),
    "pre": "preformatted",
    "br": "break",
    "img": "picture",
    **dict.fromkeys(("input", "select", "textarea"), "field"),
    "table": "table",
    "tbody": "group",
    "thead": "group",
    "tfoot": "group",
    "tr": "row",
    "td": "cell",
    "th": "cell",
}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = "\n"


def read_html(data: bytes, document_id: str) -> Document:
    """Read one page.

    Raises:
        UnreadableDocument: the bytes hold no text after decoding, neither in a table nor outside.
    """
    text, encoding = decode(data)
    # The parser stops at NUL, and the declared encoding must not override the one found.
    root = _parse(mark_damage(text.replace("\x00", "")).encode("utf-8", "replace"))
    if root is None:
        raise UnreadableDocument("the page holds no text")
    meta = _meta(root)
    looks = read_looks(root, text)
    walk = _Walk(read_styles(root, text), looks, read_written(root, text))
    walk.run(root)
    blocks, grids, notes = assemble(walk.items)
    if walk.hidden_tables:
        notes = (*notes, f"{walk.hidden_tables} hidden table(s) (display:none) left out")
    if looks.undecided:
        notes = (*notes, f"what is shown could not be decided: {looks.undecided}")
    if "\ufffd" in text:
        notes = (*notes, f"{text.count(chr(0xFFFD))} bad byte(s) in {encoding} kept as U+FFFD")
    if not blocks and not walk.pictures:
        raise UnreadableDocument("the page holds no text")
    # What the page's structure says is not all that decides what is shown, where a rule of style is not understood.
    reading = Reading(f"lxml {etree.__version__} html", not looks.undecided, grids)
    document = Document(
        document_id, "text/html", len(data), blocks, (reading,), meta, pictures=walk.pictures, notes=notes
    )
    if walk.pictures and "data:image/" in text:
        from extract.documents.html.inline_pictures import pictures_of
        from extract.documents.ocr.recognise import with_pictures

        return with_pictures(document, pictures_of(root))
    return document


def items_of_page(data: bytes) -> list[Item]:
    """Return text and finished tables of a page that lies within another document, in reading order."""
    text, _ = decode(data)
    root = _parse(mark_damage(text.replace("\x00", "")).encode("utf-8", "replace"))
    if root is None:
        return []
    walk = _Walk(read_styles(root, text), read_looks(root, text), read_written(root, text))
    walk.run(root)
    return walk.items


def pictures_within(data: bytes) -> list[bytes]:
    """Return the pictures that a page carries within itself, in the order in which they are read and numbered."""
    from extract.documents.html.inline_pictures import pictures_of

    root = _parse(mark_damage(decode(data)[0].replace("\x00", "")).encode("utf-8", "replace"))
    return [] if root is None else pictures_of(root)


def read_mhtml(data: bytes, document_id: str) -> Document:
    """Read the first HTML part of a page saved as one file (RFC 2557).

    Raises:
        UnreadableDocument: the file has no HTML part, or the part holds no text.
    """
    import email

    for part in email.message_from_bytes(data).walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                page = read_html(content, document_id)
                return Document(
                    document_id,
                    "multipart/related",
                    len(data),
                    page.blocks,
                    page.readings,
                    page.meta,
                    pictures=page.pictures,
                    notes=page.notes,
                )
    raise UnreadableDocument("the saved page (MHTML) has no HTML part")


def _parse(data: bytes) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


def _meta(root: etree._Element) -> dict[str, str]:
    """Return the page's title and the national page tags (国办发〔2017〕47号), the first filled one of each."""
    meta: dict[str, str] = {}
    for title in root.iter("title"):
        text = _SPACE.sub(" ", "".join(str(part) for part in title.itertext())).strip()
        if text:
            meta["title"] = text
            break
    for tag in root.iter("meta"):
        name = _PAGE_TAGS.get((tag.get("name") or "").strip().lower())
        content = (tag.get("content") or "").strip()
        if name and content and name not in meta:
            meta[name] = content
    return meta


class _Walk:
    """One walk over the tree, gathering text and finished grids into ``items`` in reading order."""

    def __init__(self, styles: Styles, looks: Looks, written: Written):
        self.styles = styles
        self.looks = looks
        self.written = written
        self.items: list[Item] = []
        self.pictures = 0
        self.hidden_tables = 0
        self.tables: list[HtmlTable] = []
        self.preformatted = 0

    def run(self, root: etree._Element) -> None:
        """Walk. The loop is written for speed: a page pasted from Word has a thousand spans of one letter."""
        css_role = self.styles.role
        look_of, before, after = self.looks.of.get, self.looks.before, self.looks.after
        kind_of = _KINDS.get
        plain = css_role is None and not self.looks and not self.written
        sink = self.items
        walker = etree.iterwalk(root, events=("start", "end"))
        skipped: etree._Element | None = None
        look = 0
        looks: list[tuple[etree._Element, int]] = []
        for event, element in walker:
            kind = kind_of(element.tag)
            if kind is None and plain:
                text = element.text if event == "start" else element.tail
                if text:
                    sink.append(text if text.isalnum() or self.preformatted else _SPACE.sub(" ", text))
                continue
            role = css_role(element) if css_role is not None else None
            if role is None and kind in _ROLES:
                role = kind
            if event == "start":
                changed = None if plain else look_of(element)
                if kind == "unshown" or kind == "field" or (changed is not None and changed & GONE):
                    skipped = element
                    if kind == "field" and not (look | (changed or 0)) & (GONE | UNSEEN):
                        sink.append(self._field(element))
                    elif kind == "unshown" and changed != GONE:
                        self._unshown(element)
                    elif kind != "field":
                        self.hidden_tables += sum(1 for _ in element.iter("table"))
                    walker.skip_subtree()
                    continue
                if changed is not None:
                    looks.append((element, look))
                    look = changed
                if role is not None:
                    sink = self._open(role, element, sink)
                elif kind == "picture":
                    self.pictures += is_picture(element)
                    if self.tables and not look & UNSEEN and is_shown_picture(element):
                        self.tables[-1].add_object()
                elif kind is not None:
                    sink.append(_BREAK)
                    self.preformatted += kind == "preformatted"
                if self.tables and self.written.into(element):
                    self.tables[-1].add_filled()
                if before and element in before:
                    self._put(before[element], look, sink)
                text = element.text
            else:
                if element is skipped:
                    skipped = None
                else:
                    if after and element in after:
                        self._put(after[element], look, sink)
                    if role is not None:
                        sink = self._close(role, element, sink)
                    elif kind == "block" or kind == "preformatted":
                        sink.append(_BREAK)
                        self.preformatted -= kind == "preformatted"
                if looks and looks[-1][0] is element:
                    look = looks.pop()[1]
                text = element.tail
            if text:
                if look:
                    self._put(text, look, sink)
                else:
                    sink.append(_SPACE.sub(" ", text) if not self.preformatted else text)

    def _put(self, text: str, look: int, sink: list[Item]) -> None:
        """Put text that looks otherwise than plain text into the flow."""
        if look & UNSEEN:
            return
        text = _SPACE.sub(" ", text) if not self.preformatted else text
        if look & BACKWARDS:
            text = text[::-1]
        if self.tables and look & UNSURE and not text.isspace():
            self.tables[-1].add_doubt("a rule of style may show other signs, or put them in another order")
        if self.tables and look & (STRUCK | RAISED):
            self.tables[-1].add_marked()
        sink.append(Struck(text) if look & STRUCK else Raised(text) if look & RAISED else text)

    def _field(self, element: etree._Element) -> str:
        """Return what a field of a form shows in a cell of a table; nothing elsewhere, where fields are for searching."""
        if not self.tables or not self.tables[-1].in_cell:
            return ""
        text = field_text(element)
        if not text and self.written.into(element):
            self.tables[-1].add_filled()
        return text

    def _unshown(self, element: etree._Element) -> None:
        if not self.tables or not self.tables[-1].in_cell:
            return
        if element.tag in _DRAWN or (
            element.tag == "script" and "document.write" in "".join(map(str, element.itertext()))
        ):
            self.tables[-1].add_object()

    def _open(self, role: str, element: etree._Element, sink: list[Item]) -> list[Item]:
        table = self.tables[-1] if self.tables else None
        if role == "table":
            sink.append(_BREAK)
            self.tables.append(HtmlTable(element, sink))
            return sink
        if table is None:
            sink.append(_BREAK)
            return sink
        # Unclosed cells and rows stand inside one another in the tree: a new one ends the one before.
        table.close_cell()
        if role == "cell":
            return table.open_cell(element)
        if role == "row":
            table.open_row(element)
        else:
            table.open_group()
        return table.outside

    def _close(self, role: str, element: etree._Element, sink: list[Item]) -> list[Item]:
        table = self.tables[-1] if self.tables else None
        if table is None:
            sink.append(_BREAK)
            return sink
        if role == "table":
            if table.element is not element:
                return sink
            self.tables.pop()
            table.close_cell()
            table.finish()
            table.outside.append(_BREAK)
            return table.outside
        if role == "cell":
            if table.cell_element is element:
                table.close_cell()
                return table.outside
            return sink
        if role == "row" and table.row_element is element:
            table.close_cell()
            return table.outside
        return sink
