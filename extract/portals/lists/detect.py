"""Which family of software made a list page, told from what it answers."""

from __future__ import annotations

import re

from extract.portals.lists.list_page import Page

# The first that matches decides; each is a trace that family's own scripts and addresses leave.
TRACES = (
    ("hanweb_xxgk", re.compile(r"xxgkAnnualReport\.jsp", re.I)),
    ("hanweb_jpage", re.compile(r"dataproxy\.jsp|<datastore>|\.jpage\(", re.I)),
    ("gkmlpt", re.compile(r"/gkmlpt/|window\._CONFIG\s*=")),
    ("longxun", re.compile(r"/public/column/\d+|labelName=publicInfoList|/site/label/8888")),
    ("xxgk_annual_report", re.compile(r"/xxgkAnnualReport/(?:show|detail|list)", re.I)),
    ("columns_guid", re.compile(r"/columns/[0-9a-f]{8}-[0-9a-f-]{27}/", re.I)),
    (
        "ucap",
        re.compile(
            r"/(?:common/)?search(?:List)?/[0-9a-f]{32}\?|UCAP-|<ucap|/c\d{5,6}c?/\w*list(?:_\d+)?\.shtml", re.I
        ),
    ),
    (
        "vsb",
        re.compile(r"_simple_list_gotopage_fun|/system/resource/(?:js|code)/|vsb_content|name=\"_sitegray\"", re.I),
    ),
    ("objectid", re.compile(r"href=['\"][^'\"]*/?[0-9a-f]{24}\.s?html?['\"]", re.I)),
    ("trs_static", re.compile(r"createPageHTML\(|\bcountPage\b|TRS_|/t20\d{6}_\d+\.s?html?", re.I)),
)


def detect_family(page: Page) -> str | None:
    """Return the family whose traces a page bears, or None."""
    if page.outcome != "ok":
        return None
    for family, trace in TRACES:
        if trace.search(page.text) or trace.search(page.url):
            return family
    return None
