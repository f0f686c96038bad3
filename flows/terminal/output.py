"""The file that a command writes its rows to: its format told by its ending, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extract.errors import UsageError

FORMATS = (".json", ".csv", ".parquet")


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
