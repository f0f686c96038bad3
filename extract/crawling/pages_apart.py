"""Strangers' pages are taken apart in processes of their own, a core each: a page that gets stuck costs only itself, and not the
threads that fetch for all other hosts.
"""

from __future__ import annotations

import atexit
import os
from typing import Any

from extract.apart import Apart
from extract.workers import TaskFailure

#: What one page may cost. A list of 20,000 links takes a second, a report's page some milliseconds.
SECONDS, MEGABYTES = 20.0, 1024
_pages = Apart(os.cpu_count() or 1, SECONDS, MEGABYTES)
atexit.register(_pages.close)


def apart(function: str, argument: Any) -> Any:
    """Call a function (``module:name``) on a page in one of the processes; return what it gives, or a TaskFailure."""
    return _pages.call(function, argument)


def why(failure: TaskFailure) -> str:
    """Say in a line why a page could not be taken apart."""
    return f"the page could not be taken apart: {failure.reason[:300]}"
