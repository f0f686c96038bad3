"""What there is to read, at once: a run has each Work made when its turn comes."""

from __future__ import annotations

from extract.archiving.archive import Archive
from flows.home.home import Home
from flows.reading.manifest import Work
from flows.todo.waiting import waiting


def documents_to_read(home: Home, archive: Archive) -> list[Work]:
    """Return what of the archive has to be read."""
    return list(waiting(home, archive).works(archive))
