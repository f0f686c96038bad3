"""Families of portal software, one module each: ``find_reports(portal, fetch) -> Iterator[ReportLink]``.

A family knows how one vendor's software lists articles and turns pages; it knows no portal. ``fetch`` gets a list
address and returns a Page; whatever it fetched is already archived when a family sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from extract.portal import Portal, ReportLink
from extract.portals.base import Fetch, Page, incomplete

__all__ = ["FAMILIES", "Fetch", "Page", "find_reports", "incomplete"]

# A registry row names one of these; each is the module of that name in this package.
FAMILIES = frozenset(
    {
        "columns_guid",
        "generic_list",
        "gkmlpt",
        "hanweb_jpage",
        "hanweb_xxgk",
        "longxun",
        "objectid",
        "trs_static",
        "ucap",
        "vsb",
        "xxgk_annual_report",
    }
)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield every annual report that a portal's list pages announce, each address once, in the order met."""
    family = import_module(f"extract.portals.{portal.family}")
    seen: set[str] = set()
    for link in family.find_reports(portal, fetch):
        if link.url not in seen:
            seen.add(link.url)
            yield link
