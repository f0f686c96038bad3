"""A process that reads strangers' files is contained: bounded in memory, without a core file, and it ends with its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time


def contain(megabytes: int, parent: int) -> None:
    """Contain this process: at most so much memory for its data, one core, and its end with the process ``parent``.

    It leads a group of its own: programs that it starts end with it, and Ctrl-C reaches the parent only.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Numeric libraries reserve memory for each thread; a worker uses one core.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    _limit_memory(megabytes)
    _write_no_core()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Bound the process's memory: its data on Linux (which leaves out mapped libraries), best effort elsewhere."""
    try:
        import resource
    except ImportError:
        return
    limit = megabytes << 20
    kind = resource.RLIMIT_DATA if sys.platform.startswith("linux") else resource.RLIMIT_AS
    try:
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    except (ValueError, OSError):
        return


def _write_no_core() -> None:
    """A decoder that crashes leaves no image of its memory: writing it takes seconds, and nobody asked for the file."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, ValueError, OSError):
        return
