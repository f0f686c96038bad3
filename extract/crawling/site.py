"""Whose site a portal is, and what its pages share."""

from __future__ import annotations

from dataclasses import dataclass, field

from extract.crawling.report_page import ReportPage, key_of
from extract.portal import Portal
from extract.portals.lists.html_page import is_number
from extract.portals.lists.list_page import PageFacts

#: A page with a table and so many numbers shows a report in full: what stands there is no template.
FIGURES_OF_A_REPORT = 12


@dataclass
class Site:
    """A portal's site. A lead (grade D) is attributed only once its SiteIDCode has confirmed the code.

    ``template``: keys of the lines, pictures and cells of its lists, and of what stands on two of its reports' pages.
    """

    portal: Portal
    code: str = ""
    seen: bool = False
    template: set[int] = field(default_factory=set)
    on_a_report: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.portal.grade != "D":
            self.code = self.portal.jurisdiction_code

    def see(self, url: str, site_id: str, notes: list[str] | None) -> None:
        """Take the SiteIDCode of the first list page that has one; a report's page (no ``notes``) can only confirm it."""
        if self.seen or not site_id:
            return
        expected = self.portal.site_id_code or self.portal.jurisdiction_code
        if expected and site_id.startswith(expected):
            self.seen, self.code = True, self.portal.jurisdiction_code
        elif expected and notes is not None:
            self.seen = True
            notes.append(f"{url}: the site calls itself {site_id}, the registry expects {expected}")

    def learn_list(self, facts: PageFacts) -> None:
        """Take the lines and pictures of a list page as the site's, unless it shows a report itself."""
        lines = facts.words.split("\n")
        if not (facts.has_table and sum(map(is_number, lines)) >= FIGURES_OF_A_REPORT):
            self.template.update(map(key_of, [*lines, *facts.pictures]))

    def learn_report(self, page: ReportPage) -> None:
        """Take what this report's page shares with one before it as the site's."""
        keys = set(page.keys())
        self.template |= keys & self.on_a_report
        self.on_a_report |= keys
