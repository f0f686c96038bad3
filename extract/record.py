"""Record: one archived response (or failed attempt), as the archive's index knows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One attempt to fetch one address, and where its bytes lie.

    ``outcome`` classifies the answer by content: ``ok``, ``gated``, ``geo_blocked``, ``soft_404``, ``empty_list``,
    ``moved``, ``not_found``, ``truncated``, ``error``, ``not_yet`` (a report was promised, the page shows none). ``document_id`` (sha256 of the payload, hex), ``warc_file`` and
    ``warc_offset`` are None for an attempt that brought no response. ``retrieved_at`` is ISO 8601 in UTC.
    ``kind`` says what the address was asked for: ``list``, ``report``, ``attachment``, ``robots`` or ``import``.
    The link fields repeat what the list page said of it, so that everything after the archive can be rebuilt from it.
    ``requested_url`` is the address the list page gave, where redirects led from it to ``url``. ``tls`` names the step
    of the TLS ladder that was needed (None: the default, or an address of plain http; ``http``: https was asked for and
    could not be had), ``certificate_error`` what was wrong with the host's certificate. ``link_published_on`` is the
    page's own PubDate where the list tells no date. Of an import, ``jurisdiction_code`` and ``told_year`` are what the person
    says, who is ``sure`` of it or not.
    """

    url: str
    retrieved_at: str
    outcome: str
    kind: str
    http_status: int | None = None
    media_type: str | None = None
    document_id: str | None = None
    size: int | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    portal_id: str | None = None
    jurisdiction_code: str | None = None
    link_title: str | None = None
    link_published_on: str | None = None
    link_year: int | None = None
    parent_url: str | None = None
    reason: str | None = None
    vantage: str | None = None
    synthetic: bool = False
    requested_url: str | None = None
    tls: str | None = None
    certificate_error: str | None = None
    told_year: int | None = None
    sure: bool | None = None
