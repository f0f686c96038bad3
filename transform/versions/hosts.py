"""Where the documents of a report lay: Records and the registry in, evidence for whose report it is out.

A host in the registry speaks for its jurisdiction, or for several where they share it; a row of grade D is a lead and never
contradicts. A host outside gov.cn that no row names is a third party's: what lies there is a copy, and somebody has to vouch
for it (mirrors of government sites under foreign domains are common).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from extract.data_file import DATA
from extract.fetching.urls import is_government_host
from extract.portals.registry import REGISTRY_FILE, load_portals
from extract.record import Record
from transform.observation import Evidence, ReportIdentity
from transform.places.jurisdictions import is_within, unit_of_todays_code

_SAMPLE_REGISTRY = DATA / "sample" / "portals.csv"
_LEAD = "D"


@dataclass(frozen=True)
class _Registry:
    """The codes that share a host, with whether one of its rows is more than a lead; the portals that are leads."""

    owners: Mapping[str, Mapping[str, bool]]
    leads: frozenset[str]


def evidence_of_place(identity: ReportIdentity, records: Iterable[Record]) -> tuple[Evidence, ...]:
    """Return what the portals and hosts at which a document was found say of its territory."""
    registry = _registry()
    year, synthetic = identity.year, identity.synthetic
    pieces: dict[Evidence, None] = {}
    hosts: set[str] = set()
    for record in records:
        hosts |= hosts_of((record.url, record.requested_url))
        code = record.jurisdiction_code
        if code and record.kind != "import":
            unit = unit_of_todays_code(code, year, synthetic=synthetic or code.startswith("99"))
            source = "portal (lead)" if record.portal_id in registry.leads else "portal"
            if unit is not None:
                pieces[Evidence("unit", source, unit.unit_id, code)] = None
    for host in sorted(hosts):
        if (piece := _of_host(host, identity, registry)) is not None:
            pieces[piece] = None
    return tuple(pieces)


def third_party_hosts(urls: Iterable[str]) -> set[str]:
    """Return the hosts of addresses, if all of them are third parties'; none where one is a government's or no host at all."""
    found = list(urls)
    hosts = hosts_of(found)
    if not hosts or any(urlsplit(url).scheme not in ("http", "https") for url in found):
        return set()
    strange = {host for host in hosts if not is_government_host(host) and host not in _registry().owners}
    return hosts if strange == hosts else set()


def hosts_of(urls: Iterable[str | None]) -> set[str]:
    """Return the hosts of addresses of the web."""
    parts = [urlsplit(url) for url in urls if url]
    return {(part.hostname or "").rstrip(".") for part in parts if part.scheme in ("http", "https")} - {""}


def _of_host(host: str, identity: ReportIdentity, registry: _Registry) -> Evidence | None:
    owners = registry.owners.get(host, {})
    units = {
        unit.unit_id: sure
        for code, sure in sorted(owners.items())
        if (unit := unit_of_todays_code(code, identity.year, synthetic=code.startswith("99")))
    }
    related = [unit for unit in units if identity.unit_id and is_within(identity.unit_id, unit)]
    if not units or (len(units) > 1 and not related):
        # A host of several says nothing of any other.
        return None
    owner = max(related or units, key=lambda one: (one == identity.unit_id, one))
    return Evidence("unit", "host" if units[owner] else "host (lead)", owner, host)


@lru_cache(maxsize=1)
def _registry() -> _Registry:
    owners: dict[str, dict[str, bool]] = defaultdict(dict)
    leads = set()
    for path in (REGISTRY_FILE, _SAMPLE_REGISTRY):
        for portal in load_portals(path) if path.exists() else ():
            sure = portal.grade != _LEAD
            if not sure:
                leads.add(portal.portal_id)
            of_host = owners[portal.host]
            if portal.jurisdiction_code:
                of_host[portal.jurisdiction_code] = sure or of_host.get(portal.jurisdiction_code, False)
    return _Registry(dict(owners), frozenset(leads))


def is_vouched_for(identity: ReportIdentity) -> bool:
    """True where a person says the same of a report's territory as the document."""
    return any(
        piece.value is not None
        and identity.unit_id is not None
        and piece.source.startswith(("person", "review"))
        and is_within(identity.unit_id, piece.value)
        for piece in identity.evidence
        if piece.claim == "unit"
    )
