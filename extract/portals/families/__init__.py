"""Families of portal software, one module each: ``find_reports(portal, fetch) -> Iterator[ReportLink]``.

A family knows how one vendor's software lists articles and turns pages; it knows no portal. ``fetch`` gets a list
address (or posts to it) and returns a Page; whatever it fetched is already archived when a family sees it.
"""
