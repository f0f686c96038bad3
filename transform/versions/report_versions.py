"""Content versions of a report: the copies of one Group in, numbered versions and their revisions out.

The one thing to know: a version is new only where a cell or the narrative changed. A page counter changes nothing, and
another file of the same report only counts as a correction if it was published later or says so (更正), since two
readers may differ on the same figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from transform.observation import CellKey, Observation
from transform.versions.copies import Copy
from transform.versions.grouping import Group
from transform.versions.hosts import hosts_of

#: Words by which a later publication says that it replaces an earlier one.
_CORRECTED = re.compile("更正|勘误|修正|修订版|更新版|重新公布|重新发布")

#: What the tables of a copy print.
Cells = Mapping[CellKey, Observation]


@dataclass(frozen=True)
class Version:
    """One content version: its number from 1, its copies in the order of preference, whether it stands now."""

    number: int
    copies: tuple[Copy, ...]
    is_current: bool


@dataclass(frozen=True)
class Revision:
    """One changed cell between a version and the one before; indicator ``narrative`` for a changed text."""

    version: int
    indicator: str
    applicant: str | None
    occurrence: int
    old: Observation | None
    new: Observation | None


def versions_of(group: Group, cells_of: Callable[[Copy], Cells]) -> list[Version]:
    """Return the content versions of a report, exactly one of them current.

    Copies are taken in the order of publication (of first sight where the day is unknown); each joins the latest version
    it does not contradict. Current is the highest version of which a document still stood at its address when that was
    last fetched: a page put back to its earlier state makes the earlier version current again. A version of which only
    the page or only the attachment changed keeps the other from the version before.
    """
    states = _page_states(group.copies)
    order = sorted(group.copies, key=lambda c: (c.published_on or (c.first_seen or "")[:10], c.sort_key))
    versions: list[list[Copy]] = []
    for copy in order:
        for version in _latest_first(versions, copy):
            if not any(_supersedes(copy, member, cells_of, states) for member in version):
                version.append(copy)
                break
        else:
            versions.append([copy])
    standing = _standing(group.copies)
    current = max((n for n, v in enumerate(versions) if standing & set(v)), default=len(versions) - 1)
    for n in range(1, len(versions)):
        versions[n] += _kept(versions[n - 1], versions[n], standing, cells_of)
    return [Version(n + 1, preferred(v, group), n == current) for n, v in enumerate(versions)]


def _latest_first(versions: Sequence[list[Copy]], copy: Copy) -> list[list[Copy]]:
    """Return versions in the order in which a copy may join them: the latest first; a copy from another address first the one whose
    figures it prints."""
    elsewhere = not any(copy.urls & member.urls for version in versions for member in version)
    order = list(reversed(versions))
    if elsewhere:
        order.sort(key=lambda version: not any(copy.content == member.content for member in version))
    return order


def revisions_of(versions: Sequence[Version], cells_of: Callable[[Copy], Cells]) -> list[Revision]:
    """Return what changed from each version to the next; a doubtful reading testifies to no change."""
    out = []
    for old, new in pairwise(versions):
        before, after = _union(old.copies, cells_of), _union(new.copies, cells_of)
        for key in sorted(before.keys() | after.keys(), key=lambda k: (k[0], k[1] or "", k[2])):
            a, b = before.get(key), after.get(key)
            if any(state is not None and not state.sure for state in (a, b)) or (a and b and a.same(b)):
                continue
            out.append(Revision(new.number, *key, a, b))
        told = [
            c.narrative for c in new.copies if c.narrative and any(c.urls & o.urls and o.narrative for o in old.copies)
        ]
        if told and not {o.narrative for o in old.copies} & set(told):
            out.append(Revision(new.number, "narrative", None, 1, None, None))
    return out


def preferred(copies: Sequence[Copy], group: Group) -> tuple[Copy, ...]:
    """Return copies in the order in which their figures stand for the report.

    First those with at least half of the cells of the fullest (a page that prints three figures does not stand before
    its attachment), then those whose arithmetic holds, then structure over PDF over scan, then most cells, then the unit's own
    portal, then first seen.
    """
    most = max(c.cells for c in copies)

    def place(copy: Copy) -> tuple[object, ...]:
        own = _lies_at_home(copy, group.identity.unit_id)
        return copy.cells * 2 < most, copy.broken > 0, copy.rank, -copy.cells, not own, copy.sort_key

    return tuple(sorted(copies, key=place))


def _lies_at_home(copy: Copy, unit_id: str | None) -> bool:
    """Tell whether a copy was found at its unit's own portal."""
    pieces = (piece for piece in copy.identity.evidence if piece.source.startswith(("portal", "host")))
    return any(piece.value == unit_id for piece in pieces)


def _kept(
    before: Sequence[Copy], after: Sequence[Copy], standing: set[Copy], cells_of: Callable[[Copy], Cells]
) -> list[Copy]:
    """Return what a version takes over from the one before: its tables or its narrative where it has none itself.

    A report may stand in parts (pictures of its tables, pages of a flip-book): a part of which no cell is printed anew
    and that still stands at its address belongs to the new version too.
    """
    kept = []
    printed = {key for c in after for key in cells_of(c)}
    if not printed:
        kept += [c for c in before if c.cells]
    else:
        kept += [c for c in before if c.cells and c in standing and not printed & cells_of(c).keys()]
    if not any(c.narrative for c in after):
        kept += [c for c in before if c.narrative and not c.cells]
    return kept


def _supersedes(
    copy: Copy,
    member: Copy,
    cells_of: Callable[[Copy], Cells],
    states: Mapping[str, Sequence[str]],
) -> bool:
    """Return whether copy shows another content than member, and is a later state of it rather than another reading."""
    same_address = bool(copy.urls & member.urls) and copy.document_id != member.document_id
    if same_address and copy.narrative != member.narrative and copy.narrative and member.narrative:
        return True
    if copy.content == member.content:
        return False
    cells, others = cells_of(copy), cells_of(member)
    changed = [
        (cells[k], others[k])
        for k in cells.keys() & others.keys()
        if cells[k].sure and others[k].sure and not cells[k].same(others[k])
    ]
    if same_address:
        lost = [others[k] for k in others.keys() - cells.keys()] if cells else []
        added = [cells[k] for k in cells.keys() - others.keys()] if others else []
        return bool(changed) or any(state.sure for state in lost + added)
    if not changed:
        return False
    if _replaced_on_page(copy, member, states) or (
        _on_one_host(copy, member) and says_it_corrects(copy) and not says_it_corrects(member)
    ):
        return True
    if not _on_one_host(copy, member):
        return False
    later, earlier = copy.published_on, member.published_on
    # Readers of different formats may err differently; where both are proved, the documents differ.
    proved = copy.rank == member.rank or any(a.reading == b.reading == "confirmed" for a, b in changed)
    return later is not None and earlier is not None and later > earlier and proved


def _on_one_host(copy: Copy, member: Copy) -> bool:
    """A re-post elsewhere with another figure is a copy that differs (``transform/versions/copy_checks.py``), no revision."""
    return not copy.urls or not member.urls or bool(hosts_of(copy.urls) & hosts_of(member.urls))


def says_it_corrects(copy: Copy) -> bool:
    """Tell whether a copy's title says that it replaces an earlier publication."""
    return any(_CORRECTED.search(title) for title in copy.titles)


def _page_states(copies: Sequence[Copy]) -> dict[str, list[str]]:
    """Return for each address when each of its states was first seen."""
    states: dict[str, list[str]] = {}
    for copy in copies:
        for url, first, _ in copy.seen:
            states.setdefault(url, []).append(first)
    return states


def _replaced_on_page(copy: Copy, member: Copy, states: Mapping[str, Sequence[str]]) -> bool:
    """Return whether the page both hang on changed after one was first seen and before the other was."""
    if not copy.first_seen or not member.first_seen:
        return False
    return any(
        member.first_seen < state <= copy.first_seen
        for page in copy.parents & member.parents
        for state in states.get(page, ())
    )


def _standing(copies: Sequence[Copy]) -> set[Copy]:
    """Return the copies last seen at any of their addresses, and those the archive knows no address of."""
    latest: dict[str, str] = {}
    for copy in copies:
        for url, _, last in copy.seen:
            latest[url] = max(latest.get(url, ""), last)
    return {c for c in copies if not c.seen or any(latest[url] == last for url, _, last in c.seen)}


def _union(copies: Sequence[Copy], cells_of: Callable[[Copy], Cells]) -> dict[CellKey, Observation]:
    union: dict[CellKey, Observation] = {}
    for copy in copies:
        for key, state in cells_of(copy).items():
            union.setdefault(key, state)
    return union
