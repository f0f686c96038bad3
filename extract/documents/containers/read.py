"""ZIP, RAR and 7z archives to a Document: every member that may hold (part of) a report is read and given.

The one thing to know: where several do, the Document is all of them one after the other, and ``members`` keeps them apart;
a report may be spread over them, or each be a report of its own. What became of each other member stands in the notes.
Members of archives within the archive are members like the others, two levels deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from extract.document import Block, Document, Grid, Member
from extract.documents.shared.bounds import ARCHIVE_BYTES, MEMBERS, PART_BYTES
from extract.documents.shared.sniff import MEDIA_TYPES, sniff
from extract.documents.shared.table_words import member_words
from extract.errors import UnfinishedDocument, UnreadableDocument

ARCHIVES = frozenset({"zip", "rar", "7z"})
_DEPTH = 2
# Members left unread that are named; the others are counted.
_NAMED = 10
# A narrative without tables names at least its subject (政府信息公开, 政务公开).
_SUBJECT = "公开"
# What programs leave behind for themselves.
_OWN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass
class Members:
    """The members of an archive: name and bytes, and notes on those that could not be taken out; ``unfinished`` are those for
    which the machine may be why."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    total: int = 0
    unread: int = 0

    def failed(self, name: str, error: UnreadableDocument) -> None:
        self.notes.append(f"member {name}: {error.reason}")
        if isinstance(error, UnfinishedDocument):
            self.unfinished.append(f"{name}: {error.reason}")

    def add(self, name: str, data: bytes) -> None:
        self.total += len(data)
        self.files.append((name, data))

    def room(self) -> int:
        """Return how many bytes the next member may have; 0 where no other may be taken."""
        if len(self.files) >= MEMBERS:
            return 0
        return min(PART_BYTES, ARCHIVE_BYTES - self.total)


def read_container(kind: str, data: bytes, document_id: str, read_member: Callable[[bytes, str], Document]) -> Document:
    """Read an archive of the kind ``zip``, ``rar`` or ``7z``, each of its members (bytes and name) by ``read_member``.

    Raises:
        UnreadableDocument: damaged, protected by a password, too large after unpacking, without members, no member can
            be read, or a program is needed that is not installed (the reason says which).
    """
    found = read_members(data)
    what = _name_of(kind)
    if not found.files:
        raise _no_member(found.unfinished)(
            "; ".join([f"the {what} archive holds no file that can be read", *found.notes])
        )
    read: list[tuple[str, Document]] = []
    failed: list[str] = []
    unfinished = list(found.unfinished)
    for name, content in found.files:
        try:
            read.append((name, read_member(content, name)))
        except UnreadableDocument as error:
            unfinished += [f"{name}: {error.reason}"] if isinstance(error, UnfinishedDocument) else []
            failed.append(f"{name}: {error.reason}")
    if not read:
        reasons = [*failed[:10], *([f"and {len(failed) - 10} others"] if len(failed) > 10 else []), *found.notes]
        raise _no_member(unfinished)(f"no member of the {what} archive can be read: {'; '.join(reasons)}")
    chosen = read
    if len(read) > 1:
        read.sort(key=lambda member: _worth(member[1]), reverse=True)
        chosen = [member for member in read if _may_hold(member[1])] or read[:1]
    notes = [f"read from the member {name} of the {what} archive" for name, _ in chosen]
    notes += [
        f"member {name} left out ({other.media_type}, {_worth(other)[0]} of {len(member_words())} words of the official tables)"
        for name, other in read
        if other not in [document for _, document in chosen]
    ]
    notes += [f"member {reason}" for reason in failed] + found.notes
    whole = chosen[0][1] if len(chosen) == 1 else _joined(chosen)
    return replace(
        whole,
        document_id=document_id,
        media_type=MEDIA_TYPES[kind],
        size=len(data),
        pictures=whole.pictures or sum(other.pictures for _, other in read),
        notes=(*notes, *whole.notes),
        by_words=len(read) > 1 or whole.by_words,
        unfinished=(*unfinished, *(reason for _, other in read for reason in other.unfinished)),
    )


def _no_member(unfinished: list[str]) -> type[UnreadableDocument]:
    return UnfinishedDocument if unfinished else UnreadableDocument


def read_members(data: bytes) -> Members:
    """Return all members of an archive that can be taken out, those of archives in it too, within the bounds above.

    Raises:
        UnreadableDocument: the archive itself cannot be opened.
    """
    found = Members()
    _open(data, "", 1, found)
    if found.unread > _NAMED:
        found.notes.append(f"and {found.unread - _NAMED} other members left unread")
    return found


def _open(data: bytes, prefix: str, depth: int, found: Members) -> None:
    kind = sniff(data)
    for name, take in _entries(kind, data, found):
        if (
            name.endswith("/")
            or any(own in f"/{name}" for own in _OWN)
            or name.rpartition("/")[2].startswith(("~$", "._"))
        ):
            continue
        full = prefix + name
        room = found.room()
        if room <= 0:
            found.unread += 1
            if found.unread <= _NAMED:
                found.notes.append(
                    f"member {full} left unread: the archive is larger than {MEMBERS} files or {ARCHIVE_BYTES} bytes"
                )
            continue
        try:
            content = take(room)
        except UnreadableDocument as error:
            found.failed(full, error)
            continue
        if sniff(content) not in ARCHIVES:
            found.add(full, content)
        elif depth >= _DEPTH:
            found.notes.append(f"member {full} left unread: an archive {depth} levels deep")
        else:
            found.total += len(content)
            try:
                _open(content, f"{full}/", depth + 1, found)
            except UnreadableDocument as error:
                found.failed(full, error)


def _entries(kind: str, data: bytes, found: Members) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Yield the members of an archive: name, and what gives its bytes if they fit into a number of bytes."""
    if kind == "zip":
        from extract.documents.containers.zip_entries import zip_entries

        yield from zip_entries(data)
    else:
        from extract.documents.containers.programs import program_entries

        yield from program_entries(kind, data, ARCHIVE_BYTES - found.total)


def _may_hold(document: Document) -> bool:
    """Tell whether a member may hold a report or part of one: words of its tables, or of what it is about."""
    return _worth(document)[0] > 0 or _SUBJECT in "".join(document.text.split())


def _joined(members: list[tuple[str, Document]]) -> Document:
    """Return the members one after the other as one Document, in which every place has one name."""
    placed: list[Member] = []
    start = 0
    for name, document in members:
        before = (Block(" " * (start - 1), 0),) if start else ()
        blocks = tuple(replace(block, start=block.start + start) for block in document.blocks)
        readings = tuple(
            replace(reading, grids=tuple(_named(grid, name) for grid in reading.grids)) for reading in document.readings
        )
        placed.append(Member(name, replace(document, blocks=before + blocks, readings=readings)))
        start += len(document.text) + 1
    first = placed[0].document
    # Only the first member's grids are those of the first reading.
    others = (replace(block, grid=None) for member in placed[1:] for block in member.document.blocks[1:])
    return replace(
        first,
        blocks=(*first.blocks, *others),
        readings=tuple(r for member in placed for r in member.document.readings),
        pictures=sum(document.pictures for _, document in members),
        pages=None,
        members=tuple(placed),
        notes=tuple(f"{name}: {note}" for name, document in members for note in document.notes),
    )


def _named(grid: Grid, name: str) -> Grid:
    return replace(grid, cells=tuple(replace(cell, locator=f"{name} {cell.locator}") for cell in grid.cells))


def _worth(document: Document) -> tuple[int, int, int]:
    """Return how much of a report a document holds: words of the official tables, filled cells, characters."""
    grids = document.readings[0].grids if document.readings else ()
    texts = [cell.text for grid in grids for cell in grid.cells if cell.text]
    closed_up = "".join("".join([*texts, document.text]).split())
    return sum(word in closed_up for word in member_words()), len(texts), len(document.text)


def _name_of(kind: str) -> str:
    return kind.upper() if kind != "7z" else kind
