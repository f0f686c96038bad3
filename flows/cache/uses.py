"""Which modules of the project a piece of work imports while it runs, in a worker that does one thing at a time.

The one thing to know: a function that imports inside its body does so each time it is called, loaded or not. So what
was imported while a document was read, with what those modules import at their head, is all the code that read it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: The project's own packages.
ROOMS = ("extract", "transform", "publish", "flows")


@contextmanager
def imports_noted() -> Iterator[set[str]]:
    """Note the names of the project's modules (and of what is taken from them) that are imported in a ``with`` block."""
    names: set[str] = set()
    original: Callable[..., Any] = builtins.__import__

    def noting(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name.partition(".")[0] in ROOMS:
            names.add(name)
            names.update(f"{name}.{one}" for one in fromlist or ())
        return original(name, globals, locals, fromlist, level)

    builtins.__import__ = noting
    try:
        yield names
    finally:
        builtins.__import__ = original
