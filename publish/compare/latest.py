"""The pointer ``releases/latest``: read, moved, and held back where a release holds much less than the one it names.

The one thing to know: a release that is held back is in place and whole; only nobody is pointed at it. Whether it is held
back is not noted anywhere: it is found again from the two releases.
"""

from __future__ import annotations

import re
from pathlib import Path

from extract.errors import HeldBackError, ReleaseError
from publish.compare.change_summary import counted
from publish.compare.losses import loss_lines, losses, reason_lines
from publish.files.release_files import write_whole

#: Names of releases: year, month, number, and ``-sample`` or another word behind them.
VERSION = re.compile(r"\d{4}\.\d{1,2}\.\d+(-[a-z0-9]+)*", re.ASCII)


def latest_release(home: Path) -> Path | None:
    """Return the directory ``releases/latest`` points at; None where there is no such pointer.

    Raises:
        ReleaseError: what stands in it is no version of a release.
    """
    pointer = home / "releases" / "latest"
    try:
        version = pointer.read_bytes().decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        version = ""
    if not VERSION.fullmatch(version):
        raise ReleaseError(
            f"{pointer}: names no release (as 2026.11.0 is one); write the version into it that it should name, or remove it "
            "and run gongkai release"
        )
    return pointer.parent / version


def move_latest(home: Path, version: str) -> None:
    """Point ``releases/latest`` at a release in place, unless it has lost too much against the one it names now.

    Raises:
        HeldBackError: it has; the pointer is left where it is.
    """
    hold_back(home, version)
    point(home, version)


def hold_back(home: Path, version: str) -> None:
    """Compare a release with the one that ``latest`` names: sample with sample, real with real, none with itself.

    Raises:
        HeldBackError: it has lost beyond what publish/compare/thresholds.json lets go.
    """
    latest = latest_release(home)
    if latest is None or latest.name == version or not latest.is_dir() or kind_of(latest.name) != kind_of(version):
        return
    if found := losses(latest, home / "releases" / version):
        lines = [
            f"release {version} is made, and latest stays at {latest.name}: {len(found)} losses beyond publish/compare/thresholds.json"
        ]
        lines += loss_lines(found)
        if reasons := counted(home / "releases" / version / "changes.parquet")[0]:
            lines += ["why, by what changed:", *reason_lines(reasons)]
        lines.append(f"what went and why: gongkai diff {latest} {home / 'releases' / version}")
        lines.append(f"if it is as it should be: gongkai release --accept-losses --version {version} --home {home}")
        raise HeldBackError("\n".join(lines))


def point(home: Path, version: str) -> None:
    """Point ``releases/latest`` at a release, whatever it holds."""
    write_whole(home / "releases" / "latest", f"{version}\n")


def kind_of(version: str) -> str:
    """Return what follows the number: "sample" for a sample release, nothing for a real one."""
    return version.partition("-")[2]
