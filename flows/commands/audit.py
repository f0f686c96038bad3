"""``gongkai audit``: a blind sample of the latest release as a sheet, and the error rate from the filled one.

The filled sheet is kept as HOME/audit.csv; every release made after it holds the table ``audit``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from flows.commands import options as shared
from flows.terminal.output import DONE, written

if TYPE_CHECKING:
    from flows.home.home import Home


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "audit",
        run,
        "draw a blind sample and compute the error rate",
        "Draw a random sample of the latest release, stratified by format, form and reading, as a sheet that shows no\n"
        "figures; then compute the error rate with Wilson's interval from the filled sheet. It is released from then on.",
        "gongkai audit --sample 400 --sheet audit.csv   then   gongkai audit --filled audit.csv",
    )
    command.add_argument("--sample", metavar="N", type=int, help="how many cells to draw")
    command.add_argument(
        "--seed", metavar="S", type=int, default=1, help="the same seed draws the same cells (default: 1)"
    )
    command.add_argument("--sheet", metavar="FILE", type=Path, help="where to write the sheet (default: audit.csv)")
    command.add_argument("--filled", metavar="FILE", type=Path, help="the filled sheet")
    shared.add_home(command)
    shared.add_wait(command)


def run(options: shared.Options) -> int:
    """Call ``audit`` as the options say."""
    return audit(
        options.home,
        sample=options.sample,
        seed=options.seed,
        sheet=options.sheet,
        filled=options.filled,
        wait=options.wait,
    )


def audit(
    home: Path | None = None,
    *,
    sample: int | None = None,
    seed: int = 1,
    sheet: Path | None = None,
    filled: Path | None = None,
    wait: bool = False,
) -> int:
    """Draw a sample and write its sheet, or take the filled sheet and print the error rate.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        UsageError: neither or both are asked for, there is no release, or the sheet is none or empty.
    """
    from flows.home.home import find_home
    from flows.home.lock import writing
    from publish.by_hand.audit import audit_rows, draw
    from publish.by_hand.sheets import ReleaseCells, read_sheet, write_sheet

    if (sample is None) == (filled is None):
        raise UsageError("say --sample N to draw a sample, or --filled FILE to compute the error rate")
    place = find_home(home, sample=False)
    cells = ReleaseCells(_latest(place))
    if sample is not None:
        path = sheet or Path("audit.csv")
        drawn = draw(cells, sample, seed)
        write_sheet(path, drawn)
        print(
            f"{len(drawn)} cells drawn of {cells.count()} (seed {seed}): fill the column read of {path} ([blank] where nothing stands)"
        )
        return DONE
    assert filled is not None
    read = read_sheet(filled)
    if not read:
        raise UsageError(f"{filled}: its column read is empty")
    with writing(place, "audit", wait=wait):
        if filled.resolve() != place.audit:
            with written(place.audit) as aside:
                aside.write_bytes(filled.read_bytes())
    print(_table(audit_rows(cells, read)))
    print(f"\nkept as {place.audit}; the next release holds it as the table audit")
    return DONE


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the error rates as text, the whole last."""
    from flows.terminal.show import columns

    lines = [["format, form, reading", "cells", "sampled", "errors", "rate", "95 % interval"]]
    for row in sorted(rows, key=lambda r: (r["media_type"] == "all", r["media_type"], r["form"], r["reading"])):
        name = " ".join(dict.fromkeys([row["media_type"], row["form"], row["reading"]]))
        rate = "" if row["rate"] is None else f"{row['rate']:.2%}"
        interval = "" if row["rate"] is None else f"{row['low']:.2%} to {row['high']:.2%}"
        lines.append([name, f"{row['cells']:,}", str(row["sampled"]), str(row["errors"]), rate, interval])
    return columns(lines)


def _latest(home: Home) -> Path:
    from publish.compare.latest import latest_release

    release = latest_release(home.folder)
    if release is None:
        raise UsageError(f"{home.folder}: holds no release to audit; make one with gongkai build")
    return release
