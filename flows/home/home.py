"""Where a run keeps its state: GONGKAI_HOME and what lies in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extract.archiving.archive import Archive

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Home:
    """One state folder. Everything in it but ``archive``, ``readings`` and ``audit`` can be made again."""

    folder: Path

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    @property
    def parts(self) -> Path:
        return self.folder / "parts"

    def part_names(self) -> set[str]:
        """Return the names of all parts."""
        return {path.name for path in self.parts.glob("[!.]*.parquet")}

    @property
    def documents(self) -> Path:
        """Documents as they were read (flows/cache/document_files.py): what is deleted here is read again when it is needed."""
        return self.folder / "documents"

    def made_names(self) -> set[str]:
        """Return the names, from the home on, of all parts and of the files of cached documents."""
        return {f"parts/{name}" for name in self.part_names()} | {
            f"documents/{path.name}" for path in self.documents.glob("[!.]*.zip")
        }

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def readings(self) -> Path:
        """What people read by hand (transform/versions/hand_readings.py); like the archive it cannot be made again."""
        return self.folder / "readings.csv"

    @property
    def audit(self) -> Path:
        """The filled sheet of the last audit; like the archive it cannot be made again."""
        return self.folder / "audit.csv"

    @property
    def alarms(self) -> Path:
        """The troubles that stand (flows/home/alarms.py)."""
        return self.folder / "alarms.json"

    @property
    def store(self) -> Path:
        """The state last in common with the store (flows/home/storing.py)."""
        return self.folder / "store.json"

    @property
    def lock(self) -> Path:
        """Locked by the command that writes to the home (flows/home/lock.py)."""
        return self.folder / "writing.lock"

    @property
    def holder(self) -> Path:
        """Which command that is, of which process, since when."""
        return self.folder / "writing.json"

    @property
    def prefect(self) -> Path:
        return self.folder / "prefect"


def find_home(named: Path | None, *, sample: bool) -> Home:
    """Return the home an option or GONGKAI_HOME names; without either ``data/demo`` (sample) or ``data/home``."""
    folder = named or os.environ.get("GONGKAI_HOME") or ROOT / "data" / ("demo" if sample else "home")
    return Home(Path(folder).resolve())


#: Vantage of every record that came from the sample portal: how an archive tells what it holds.
SAMPLE_VANTAGE = "sample"


def is_of_sample(archive: Archive) -> bool | None:
    """Tell whether an archive came from the sample portal; None where it is empty."""
    return archive.index.holds(SAMPLE_VANTAGE)
