"""Progress on a terminal, on standard error; nothing where standard error is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def progress(items: Iterable[Any] | None, total: int, unit: str) -> Any:
    """Return a bar over ``items``, or one to be moved by hand (``with progress(None, 10, "document") as bar``)."""
    from tqdm import tqdm

    return tqdm(items, total=total, unit=f" {unit}s", dynamic_ncols=True, leave=False, disable=not sys.stderr.isatty())
