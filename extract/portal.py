"""Portal and ReportLink: where reports are looked for, and what a list page says is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Portal:
    """One row of the portal registry (data/reference/portals): one jurisdiction's report list on one host.

    ``jurisdiction_code`` is the six-digit code the portal answers for. ``family`` names a module of
    ``extract/portals``; ``params`` are that family's settings (column ids and the like). ``grade`` is the evidence
    (A list page seen, B directory of a real report, C platform pattern, D a lead, never attributed before it is
    verified). ``synthetic`` marks the invented province.
    """

    portal_id: str
    jurisdiction_code: str
    host: str
    family: str
    list_url: str
    params: Mapping[str, str] = field(default_factory=dict)
    site_id_code: str | None = None
    grade: str = "D"
    valid_from: int | None = None
    valid_to: int | None = None
    synthetic: bool = False


@dataclass(frozen=True)
class ReportLink:
    """One report as a list page announces it, before anything of it is fetched.

    ``published_on`` is ISO (YYYY-MM-DD) or None. ``year`` is the report year if the title tells it; never taken from
    an address. ``parent_url`` is the page an attachment hangs on.
    """

    portal_id: str
    url: str
    title: str
    published_on: str | None = None
    year: int | None = None
    parent_url: str | None = None
