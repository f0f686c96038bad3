"""The family tree of gongkai's errors: one base, one class a stage.

Every message names the thing that failed (file, address, table), the place in it, and what to do.
"""


class GongkaiError(Exception):
    """Base of every error that gongkai raises on purpose."""


#: Characters of a reason: strangers' file names and parsers' messages stand in it.
LONGEST_REASON = 1000


class UsageError(GongkaiError):
    """The command was called wrongly (exit code 2)."""


class ReferenceDataError(GongkaiError):
    """A file under data/reference/ is missing, malformed or contradicts itself."""


class FetchError(GongkaiError):
    """An address could not be fetched; the attempt is recorded all the same."""


class ArchiveError(GongkaiError):
    """The archive holds something that cannot be read back."""


class HomeInUseError(GongkaiError):
    """Another command is writing to the home; nothing was changed."""


class StoreError(GongkaiError):
    """A folder or object store could not be read or written; what was begun can be run again."""


class UnreadableDocument(GongkaiError):
    """The bytes of one document give no text and no grid; ``reason`` goes into ``reports.reason``."""

    def __init__(self, reason: str):
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[: LONGEST_REASON - 1]}…"
        super().__init__(reason)
        self.reason = reason


class UnfinishedDocument(UnreadableDocument):
    """A document was not read for want of time or memory, or because a program was ended: another run may read it."""


class ReleaseError(GongkaiError):
    """No release could be made; nothing was moved into place (exit code 3)."""


class HeldBackError(ReleaseError):
    """A release is made and in place, and ``latest`` is not moved to it (exit code 3); the message lists what was lost."""
