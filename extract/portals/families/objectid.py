"""Portals whose articles are named by a MongoDB ObjectId (西安 and its districts, 北京朝阳): ``…/6007a108f8fd….html``.

Static lists like TRS's, but page 2 is ``index_2``. The first eight hexadecimal digits of the name are the time the
entry was made in this software: a migration makes them later than the report's publication, so they date nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from extract.portal import Portal, ReportLink
from extract.portals.families import trs_static
from extract.portals.lists.list_page import Fetch


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the list and of the directories under it (``bmxxgknb/``)."""
    yield from trs_static.find_reports(portal, fetch, second=2)
