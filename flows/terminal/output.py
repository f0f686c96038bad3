"""What a command gives its caller: lines and progress on standard error, a file of rows, an exit code.

Results go to standard output; nothing here prints there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extract.errors import UsageError

#: Exit codes, as docs/contract.md promises them.
DONE, SOME_FAILED, WRONG_USAGE, NO_RELEASE = 0, 1, 2, 3
#: Endings of the files that rows are written to.
FORMATS = (".json", ".csv", ".parquet")


def say(line: str) -> None:
    """Print one line on standard error, under the program's name."""
    print(f"gongkai: {line}", file=sys.stderr)


def progress(items: Iterable[Any] | None, total: int, unit: str) -> Any:
    """Return a bar over ``items``, or one to be moved by hand (``with progress(None, 10, "document") as bar``).

    It shows on standard error, and nothing where that is no terminal.
    """
    from tqdm import tqdm

    return tqdm(items, total=total, unit=f" {unit}s", dynamic_ncols=True, leave=False, disable=not sys.stderr.isatty())


def format_of(output: Path) -> str:
    """Return the ending of a file, one of ``FORMATS``.

    Raises:
        UsageError: it has another.
    """
    if output.suffix.lower() not in FORMATS:
        raise UsageError(f"{output}: the output ends in one of {', '.join(FORMATS)}")
    return output.suffix.lower()


@contextmanager
def written(output: Path) -> Iterator[Path]:
    """Give a file to write to, which becomes ``output`` at the end of the ``with`` block, or is gone where that fails.

    Raises:
        UsageError: the place cannot be written to.
    """
    aside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        yield aside
        aside.replace(output)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror})") from error
    finally:
        aside.unlink(missing_ok=True)
