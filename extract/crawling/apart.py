"""Strangers' pages are taken apart in processes of their own, with limits of time and memory: a page that gets stuck costs
only itself, and not the threads that fetch for all other hosts.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
from typing import Any

from extract.workers import TaskFailure, WorkerPool

#: What one page may cost. A list of 20,000 links takes a second, a report's page some milliseconds.
SECONDS, MEGABYTES = 20.0, 1024
_lock = threading.Lock()
_free: queue.LifoQueue[WorkerPool] = queue.LifoQueue()
_made: list[WorkerPool] = []


def apart(function: str, argument: Any) -> Any:
    """Call a function (``module:name``) in one of the processes, a core each, and return what it gives, or a TaskFailure.

    For any thread: it waits until a process is free. The processes are started when they are needed first, and kept.
    """
    pool = _take()
    try:
        [(_, result)] = list(pool.run([(function, argument)]))
    finally:
        _free.put(pool)
    return result


def why(failure: TaskFailure) -> str:
    """Say in a line why a page could not be taken apart."""
    return f"the page could not be taken apart: {failure.reason[:300]}"


def _take() -> WorkerPool:
    try:
        return _free.get_nowait()
    except queue.Empty:
        pass
    with _lock:
        if len(_made) < (os.cpu_count() or 1):
            if not _made:
                atexit.register(_end)
            _made.append(WorkerPool(1, SECONDS, MEGABYTES))
            return _made[-1]
    return _free.get()


def _end() -> None:
    for pool in _made:
        pool.close()
