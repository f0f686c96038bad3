"""Which documents hold the same report: ReportReadings and archive Records in, groups of Copies out.

A report may stand in a page and its attachment, on the city's portal and on its own, at one address at different times.
The one thing to know: documents are only put together on evidence (the same body and year, an attachment of the page,
the same address, the same telling figures) and never against what one of them says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from extract.record import Record
from transform.attribution.weigh import DOUBTFUL, with_attribution
from transform.identity.merge import compatible, merge_identities
from transform.observation import ReportIdentity
from transform.versions.copies import Copy, load_copies
from transform.versions.decisions import Decisions

if TYPE_CHECKING:
    import pyarrow as pa

#: So many figures that are not zero do not agree by chance; a township's few do.
TELLING = 10
#: Bodies of which a unit has one of a name; townships and zones of one county may differ in their first character alone.
NAMED_BY_PLACE = ("government", "office", "department")
_PLACE_ENDS = tuple("省市区县旗州盟")


@dataclass(frozen=True)
class Group:
    """One report: its id, what is known of it, its copies in the order they were first seen."""

    report_id: str
    identity: ReportIdentity
    copies: tuple[Copy, ...]


def group_copies(parts: pa.Table, records: Iterable[Record], decisions: Decisions | None = None) -> list[Group]:
    """Return the reports, sorted by report_id; the result does not depend on the order of parts or records.

    ``decisions`` are those of people on whole documents. What is doubtful of itself is never put together with what another
    address gives.
    """
    copies = load_copies(parts, records, decisions)
    components = _Components(copies)
    _tie_attachments(copies, components)
    _tie_addresses(copies, components)
    components.keep_doubtful_apart()
    _tie_identities(components)
    _tie_names(components)
    _tie_figures(components)
    _tie_identities(components)
    taken = {
        components.identity(members[0]).report_id for members in components.all() if not components.is_apart(members[0])
    }
    groups = []
    for members in components.all():
        identity = components.identity(members[0])
        full = _full_name(identity, members)
        if full.report_id not in taken and not components.is_apart(members[0]):
            identity = full
            taken.add(full.report_id)
        first = members[0]
        suffix = f"/{first.ordinal}" if first.ordinal > 1 else ""
        identity = with_attribution(identity)
        groups.append(Group(identity.report_id or f"document/{first.document_id}{suffix}", identity, tuple(members)))
    return sorted(groups, key=lambda g: g.report_id)


class _Components:
    """Disjoint sets of copies; two only become one where what they say of themselves agrees."""

    def __init__(self, copies: Sequence[Copy]):
        self._of = {c: [c] for c in copies}
        self._identity = {c: c.identity for c in copies}
        self._apart: set[Copy] = set()

    def identity(self, copy: Copy) -> ReportIdentity:
        return self._identity[copy]

    def keep_doubtful_apart(self) -> None:
        """From now on, tie nothing to copies whose evidence disagrees."""
        for members in self.all():
            if with_attribution(self._identity[members[0]]).attribution == DOUBTFUL:
                self._apart.update(members)

    def is_apart(self, copy: Copy) -> bool:
        return copy in self._apart

    def all(self) -> list[list[Copy]]:
        found = {id(members): members for members in self._of.values()}
        return sorted(found.values(), key=lambda members: members[0].sort_key)

    def tie(self, a: Copy, b: Copy, *, any_publisher: bool = False, same_id: bool = False) -> None:
        """Put together what holds a and what holds b unless they contradict; a's identity goes first."""
        if self._of[a] is self._of[b] or a in self._apart or b in self._apart:
            return
        if not same_id and not compatible(self._identity[a], self._identity[b], any_publisher=any_publisher):
            return
        identity = merge_identities([self._identity[a], self._identity[b]])
        members = sorted(self._of[a] + self._of[b], key=lambda c: c.sort_key)
        for member in members:
            self._of[member] = members
            self._identity[member] = identity


def _tie_attachments(copies: Sequence[Copy], components: _Components) -> None:
    by_url = _by_url(copies)
    alone = _alone(copies)
    children: dict[str, list[ReportIdentity]] = {}
    for copy in copies:
        for parent in copy.parents:
            children.setdefault(parent, []).append(copy.identity)
    for copy in copies:
        if copy.document_id not in alone:
            continue
        for parent in sorted(copy.parents):
            for page in by_url.get(parent, ()):
                if page.document_id not in alone or page.document_id == copy.document_id:
                    continue
                siblings = [s for s in children[parent] if compatible(s, page.identity)]
                # A page that does not say whose report it is cannot tie together what several bodies say.
                if page.identity.report_id is None and not _agree(siblings):
                    continue
                known = "unknown" not in (page.identity.subject_kind, copy.identity.subject_kind)
                components.tie(page, copy, any_publisher=known and page.cells == 0)


def _tie_addresses(copies: Sequence[Copy], components: _Components) -> None:
    for standing in _by_url(copies).values():
        by_ordinal: dict[int, Copy] = {}
        for copy in standing:
            first = by_ordinal.setdefault(copy.ordinal, copy)
            components.tie(first, copy)


def _tie_identities(components: _Components) -> None:
    first: dict[str, Copy] = {}
    for members in components.all():
        report_id = components.identity(members[0]).report_id
        if report_id is not None:
            # One body has one report on one year, whatever else its documents say.
            components.tie(first.setdefault(report_id, members[0]), members[0], same_id=True)


def _tie_figures(components: _Components) -> None:
    """Tie documents that print the same telling figures: the same unit, year and body, or one that does not say.

    A government has one report a year, whoever signs it (人民政府, 人民政府办公室); of other bodies the names must agree.
    """
    by_content: dict[str, list[Copy]] = {}
    for members in components.all():
        for copy in members:
            if copy.telling >= TELLING:
                by_content.setdefault(copy.content, []).append(copy)
    for _, same in sorted(by_content.items()):
        whole = [c for c in same if components.identity(c).report_id is not None]
        by_place: dict[tuple[str | None, int | None], list[Copy]] = {}
        for copy in whole:
            identity = components.identity(copy)
            by_place.setdefault((identity.unit_id, identity.year), []).append(copy)
        for a, b in (pair for copies in by_place.values() for pair in combinations(copies, 2)):
            left, right = components.identity(a), components.identity(b)
            government = left.subject_kind == right.subject_kind == "government"
            if a.document_id != b.document_id and (government or same_name(left.publisher, right.publisher)):
                components.tie(a, b, any_publisher=True)
        for copy in same:
            if components.identity(copy).report_id is None:
                homes = {
                    components.identity(c).report_id: c
                    for c in whole
                    if compatible(components.identity(c), components.identity(copy))
                }
                if len(homes) == 1:
                    components.tie(next(iter(homes.values())), copy)
        open_ones = [c for c in same if components.identity(c).report_id is None]
        for a, b in pairwise(open_ones):
            components.tie(a, b)


def _tie_names(components: _Components) -> None:
    """Tie reports of one unit and year whose publishers' names differ by the place put before them."""
    by_place: dict[tuple[str, int, str], list[Copy]] = {}
    for members in components.all():
        identity = components.identity(members[0])
        if identity.unit_id and identity.year and identity.publisher and identity.subject_kind in NAMED_BY_PLACE:
            by_place.setdefault((identity.unit_id, identity.year, identity.subject_kind), []).append(members[0])
    for _, copies in sorted(by_place.items()):
        for a, b in combinations(copies, 2):
            if same_name(components.identity(a).publisher, components.identity(b).publisher):
                components.tie(a, b, any_publisher=True)


def same_name(a: str | None, b: str | None) -> bool:
    """Return whether two names of bodies of one unit differ at most by the place before them.

    >>> same_name("示例市乙区教育局", "教育局"), same_name("大桥镇人民政府", "桥镇人民政府")
    (True, False)
    """
    if not a or not b:
        return False
    short, long = sorted((a, b), key=len)
    return long == short or (long.endswith(short) and long[: -len(short)].endswith(_PLACE_ENDS))


def _full_name(identity: ReportIdentity, members: Sequence[Copy]) -> ReportIdentity:
    """Return the identity under the fullest of the names its documents give, whichever was fetched first."""
    government = identity.subject_kind == "government"
    names = {c.identity.publisher for c in members if c.identity.publisher}
    fitting = [n for n in names if government or same_name(n, identity.publisher)]
    if not fitting:
        return identity
    return replace(
        identity, publisher=min(fitting, key=lambda n: (government and not n.endswith("人民政府"), -len(n), n))
    )


def _by_url(copies: Sequence[Copy]) -> Mapping[str, list[Copy]]:
    by_url: dict[str, list[Copy]] = {}
    for copy in copies:
        for url in sorted(copy.urls):
            by_url.setdefault(url, []).append(copy)
    return dict(sorted(by_url.items()))


def _alone(copies: Sequence[Copy]) -> set[str]:
    """Return the documents that hold one report."""
    counts: dict[str, int] = {}
    for copy in copies:
        counts[copy.document_id] = counts.get(copy.document_id, 0) + 1
    return {document_id for document_id, count in counts.items() if count == 1}


def _agree(identities: Sequence[ReportIdentity]) -> bool:
    return all(compatible(a, b) for n, a in enumerate(identities) for b in identities[n + 1 :])
