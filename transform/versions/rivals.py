"""Rival claims: groups of copies in, reports out of which each has its row alone or is doubtful.

A revision keeps most of what it revises, or says that it is one (更正) under the same body, year and host. Any other file of which
most figures differ claims the same row: both are doubtful until people decide (``transform/versions/decisions.py``). What lies on a
third party's host is a copy for which somebody has to vouch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from transform.attribution.rules import load_rules
from transform.attribution.weigh import CONFIRMED, DOUBTFUL, SINGLE, with_attribution
from transform.observation import Evidence, ReportIdentity
from transform.versions.copies import Copy
from transform.versions.grouping import Group
from transform.versions.hosts import hosts_of, is_vouched_for, third_party_hosts
from transform.versions.report_versions import Cells, says_it_corrects

CellsOf = Callable[[Copy], Cells]


def settled(groups: Sequence[Group], cells_of: CellsOf) -> list[Group]:
    """Return the reports sorted by report_id: groups whose copies tell of different figures apart, claims on one row doubtful.

    A doubtful report has ``document/…`` as its id, with the unit and the year that it claims beside it.
    """
    apart = [part for group in groups for part in _apart(group, cells_of)]
    weighed = [_with_host(group) for group in apart]
    rows: dict[tuple[object, ...], list[Group]] = {}
    for group in weighed:
        identity = group.identity
        body = "the government" if identity.subject_kind == "government" else identity.publisher
        if identity.unit_id and identity.year and body and identity.attribution != DOUBTFUL:
            rows.setdefault((identity.unit_id, identity.year, body), []).append(group)
    rivals = {id(one): other for claims in rows.values() for one, other in _rivals(claims, cells_of)}
    out = []
    for group in weighed:
        identity = group.identity
        if (other := rivals.get(id(group))) is not None:
            identity = _doubtful(identity, "rival claim", other.copies[0].document_id[:12])
        report_id = _own_id(group) if identity.attribution == DOUBTFUL else identity.report_id or _own_id(group)
        out.append(replace(group, report_id=report_id, identity=identity))
    return sorted(out, key=lambda group: group.report_id)


def kept_share(cells: Cells, others: Cells) -> float | None:
    """Return the share of figures that two files print alike, what is zero or blank in both left out; None where too few can be
    compared."""
    equal = differ = 0
    for key in cells.keys() & others.keys():
        one, other = cells[key], others[key]
        if one.sure and other.sure and (one.value or other.value):
            equal += one.same(other)
            differ += not one.same(other)
    total = equal + differ
    return equal / total if total >= load_rules().revision_figures else None


def _apart(group: Group, cells_of: CellsOf) -> list[Group]:
    """Return a group, or one group for each set of copies that can be states of one report."""
    if len(group.copies) == 1:
        return [group]
    sets: list[list[Copy]] = []
    for copy in group.copies:
        fitting = next((held for held in sets if all(_can_be_one(copy, member, cells_of) for member in held)), None)
        if fitting is None:
            sets.append([copy])
        else:
            fitting.append(copy)
    if len(sets) == 1:
        return [group]
    # A copy without figures (a page over its attachments) stays with the first.
    return [Group(group.report_id, _identity_of(group, held), tuple(held)) for held in sets]


def _identity_of(group: Group, copies: Sequence[Copy]) -> ReportIdentity:
    """Return the group's identity with no more evidence than these copies gave."""
    own = {piece for copy in copies for piece in copy.identity.evidence}
    pieces = tuple(piece for piece in group.identity.evidence if piece in own)
    return with_attribution(replace(group.identity, evidence=pieces))


def _can_be_one(copy: Copy, member: Copy, cells_of: CellsOf) -> bool:
    share = kept_share(cells_of(copy), cells_of(member))
    if share is None or share >= load_rules().revision_keeps:
        return True
    same_host = bool(hosts_of(copy.urls) & hosts_of(member.urls))
    return same_host and (says_it_corrects(copy) or says_it_corrects(member))


def _rivals(claims: Sequence[Group], cells_of: CellsOf) -> list[tuple[Group, Group]]:
    """Return the groups that claim a row with figures of their own, each with another that does; not one that people decided for."""
    decided = [group for group in claims if _is_decided(group)]
    pairs = []
    for one in claims:
        if len(decided) == 1 and one is decided[0]:
            continue
        other = next((o for o in claims if o is not one and _differ(one, o, cells_of)), None)
        if other is not None:
            pairs.append((one, other))
    return pairs


def _differ(one: Group, other: Group, cells_of: CellsOf) -> bool:
    return not all(_can_be_one(a, b, cells_of) for a in one.copies for b in other.copies)


def _is_decided(group: Group) -> bool:
    return any(piece.source == "review" for piece in group.identity.evidence)


def _with_host(group: Group) -> Group:
    """Return a group whose copies all lie on third parties' hosts as a copy: at most ``single``, doubtful if nobody vouches."""
    hosts = third_party_hosts(url for copy in group.copies for url in copy.urls)
    identity = group.identity
    if not hosts:
        return group
    names = ", ".join(sorted(hosts))
    if not any(copy.crawled for copy in group.copies) and not is_vouched_for(identity):
        return replace(group, identity=_doubtful(identity, "third-party host", names))
    attribution = SINGLE if identity.attribution == CONFIRMED else identity.attribution
    piece = Evidence("host", "third-party host", "copy", names)
    words = "; ".join(filter(None, (identity.unit_evidence, f"copy on {names}")))
    identity = replace(identity, attribution=attribution, unit_evidence=words, evidence=(*identity.evidence, piece))
    return replace(group, identity=identity)


def _doubtful(identity: ReportIdentity, source: str, words: str) -> ReportIdentity:
    piece = Evidence("host" if source == "third-party host" else "unit", source, None, words)
    evidence = "; ".join(filter(None, (identity.unit_evidence, f"against: {source} {words}")))
    return replace(identity, attribution=DOUBTFUL, unit_evidence=evidence, evidence=(*identity.evidence, piece))


def _own_id(group: Group) -> str:
    first = group.copies[0]
    return f"document/{first.document_id}" + (f"/{first.ordinal}" if first.ordinal > 1 else "")
