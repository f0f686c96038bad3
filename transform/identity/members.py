"""Archives of several documents, put together to the reports they hold: a Document with members in, one Document a report out.

A report may be spread over a text and its tables, and stand there twice (DOCX and PDF); an archive may hold the reports of
several bodies. The one thing to know: members only come together where what they say of body and year agrees, and of
those that come together each is another reading of the same cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extract.document import Document, Member
from transform.identity.identify import identify
from transform.identity.narrative import sections
from transform.identity.split import split_reports
from transform.identity.titles import read_title, squeeze
from transform.observation import Hints, ReportIdentity
from transform.recognition.misread_labels import is_of_pictures

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def reports_of_members(document: Document, hints: Hints) -> list[tuple[Document, Hints]]:
    """Return one document for each report of an archive, with what is known of it from outside."""
    own = {member.name: _hints(member, hints) for member in document.members}
    alone: list[tuple[Document, Hints]] = []
    whole: list[tuple[Member, ReportIdentity]] = []
    for member in document.members:
        parts = split_reports(member.document)
        if len(parts) > 1:
            alone += [(_of_archive(document, part), replace(hints, link_title=None, year=None)) for part in parts]
        else:
            whole.append((member, identify(member.document, own[member.name])))
    groups = _groups(whole)
    if len(groups) == 1 and not alone:
        joined = _joined(document, groups[0])
        return [(joined, hints if hints.link_title else replace(hints, link_title=_title(groups[0], own)))]
    return [
        (_joined(document, group), replace(hints, link_title=_title(group, own), year=None)) for group in groups
    ] + alone


def _hints(member: Member, hints: Hints) -> Hints:
    """Return what is known of one member from outside: a file is often named after its report."""
    name = _EXTENSION.sub("", member.name.rpartition("/")[2])
    return replace(hints, link_title=name if read_title(squeeze(name)) else None, year=None)


def _title(group: Sequence[Member], own: dict[str, Hints]) -> str | None:
    titles = [
        title
        for member in group
        if (title := own[member.name].link_title or identify(member.document, own[member.name]).title)
    ]
    return titles[0] if titles else None


def _groups(told: Sequence[tuple[Member, ReportIdentity]]) -> list[list[Member]]:
    """Put the members together that can be one report's: those that say most of themselves first, so that a table without
    a title goes to the one report it can belong to, and stays alone where there are several.
    """
    from transform.identity.merge import compatible, merge_identities

    def says(identity: ReportIdentity) -> int:
        return (identity.year is not None) + (identity.publisher is not None)

    groups: list[tuple[list[Member], ReportIdentity]] = []
    for member, identity in sorted(told, key=lambda pair: -says(pair[1])):
        fitting = [number for number, (_, merged) in enumerate(groups) if compatible(merged, identity)]
        if len(fitting) == 1:
            members, merged = groups[fitting[0]]
            groups[fitting[0]] = [*members, member], merge_identities([merged, identity])
        else:
            groups.append(([member], identity))
    return [members for members, _ in groups]


def _joined(archive: Document, group: Sequence[Member]) -> Document:
    """Return the members of one report as one document: the fullest text, and every member's readings of the tables."""
    text = max(group, key=lambda member: sum(len(section.text) for section in sections(member.document)))
    order = [text, *(member for member in group if member is not text)]
    readings = tuple(reading for member in order for reading in member.document.readings)
    # What character recognition makes of a picture is no match for the same table in letters.
    printed = tuple(reading for reading in readings if not is_of_pictures(reading))
    meta = {name: value for member in reversed(order) for name, value in member.document.meta.items()}
    pictures = sum(member.document.pictures for member in group)
    return _of_archive(archive, replace(text.document, readings=printed or readings, meta=meta, pictures=pictures))


def _of_archive(archive: Document, part: Document) -> Document:
    return replace(
        part,
        document_id=archive.document_id,
        media_type=archive.media_type,
        size=archive.size,
        pages=archive.pages,
        notes=archive.notes,
    )
