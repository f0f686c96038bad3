"""Families of portal software, one module each: ``find_reports(portal, fetch) -> Iterator[ReportLink]``.

A family knows how one vendor's software lists articles and turns pages; it knows no portal. ``fetch`` gets a list
address (or posts to it) and returns a Page; whatever it fetched is already archived when a family sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from extract.portal import Portal, ReportLink
from extract.portals.lists.detect import detect_family
from extract.portals.lists.list_page import Fetch, incomplete

#: A registry row names one of these: each is the module of that name in extract/portals/families.
FAMILIES = frozenset(module.name for module in iter_modules([str(Path(__file__).with_name("families"))]))


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield every annual report that a portal's list pages announce, each address once, in the order met.

    Where the registry's family finds none on a list that answers, the family is told from the list itself: portals
    change their software, and the registry's word may be a guess. What was found in another way is noted.
    """
    seen: set[str] = set()
    for link in _links(portal.family, portal, fetch):
        if link.url not in seen:
            seen.add(link.url)
            yield link
    first = fetch(portal.list_url.partition("#")[0])
    other = detect_family(first)
    if seen or other is None or other == portal.family or portal.grade == "D":
        return
    for link in _links(other, portal, fetch):
        if link.url not in seen:
            if not seen:
                incomplete(first, f"the list answers like {other}, the registry calls it {portal.family}")
            seen.add(link.url)
            yield link


def _links(family: str, portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    yield from import_module(f"extract.portals.families.{family}").find_reports(portal, fetch)
