"""What there is to read, at once: a run has each ReadingItem made when its turn comes."""

from __future__ import annotations

from extract.archiving.archive import Archive
from flows.home.home import Home
from flows.reading.manifest import ReadingItem
from flows.todo.to_read import what_to_read


def documents_to_read(home: Home, archive: Archive) -> list[ReadingItem]:
    """Return what of the archive has to be read."""
    return list(what_to_read(home, archive).items(archive))
