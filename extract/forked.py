"""One task in a copy of this process, with the limits of a worker: no import is done twice, so that a single page stays quick.

A copy (fork) is safe as long as this process has one thread, which is so where a command has just begun. Elsewhere a worker of
extract/workers.py does the same.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from multiprocessing import connection
from typing import Any

from extract.contained import contain
from extract.workers import ON_THE_CLOCK, TaskFailure


def can_fork() -> bool:
    """Tell whether this process may be copied: on Linux, while it has one thread."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def in_fork(function: Callable[[Any], Any], argument: Any, seconds: float, megabytes: int) -> Any:
    """Call a function in a copy of this process and return what it gives, or a TaskFailure saying why it gave nothing.

    ``seconds`` of processor time, ``megabytes`` of memory. What it gives is pickled. Only where ``can_fork``.
    """
    ours, theirs = connection.Pipe(duplex=False)
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _be_the_child(theirs, parent, function, argument, seconds, megabytes)
    theirs.close()
    message: bytes | None = None
    try:
        message = _heard(ours, seconds * ON_THE_CLOCK)
        # One that ended without a word is waited for, so that it is known how; any other has nothing more to do.
        if message != b"":
            _kill(child)
    except BaseException:
        _kill(child)
        raise
    finally:
        _, status = os.waitpid(child, 0)
        _kill(child)  # what it started
        ours.close()
    if message is None:
        return TaskFailure("timeout", f"took longer than {seconds * ON_THE_CLOCK:g} s and was stopped")
    if message:
        kind, value = pickle.loads(message)
        return value if kind == "result" else TaskFailure(kind, value)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return TaskFailure("timeout", f"took more than {seconds:g} s of processor time and was stopped")
    return TaskFailure("died", f"the process that read it died: {_ending(status)}")


def _be_the_child(
    pipe: connection.Connection,
    parent: int,
    function: Callable[[Any], Any],
    argument: Any,
    seconds: float,
    megabytes: int,
) -> None:
    try:
        contain(megabytes, parent)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            message = pickle.dumps(("result", function(argument)), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            argument = None
            message = pickle.dumps(("memory", f"needs more than {megabytes} MB of memory"))
        except Exception as error:
            message = pickle.dumps(("raised", f"{type(error).__name__}: {error}"))
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send_bytes(message)
    finally:
        # Nothing of the parent's is tidied up by its copy.
        os._exit(0)


def _heard(pipe: connection.Connection, seconds: float) -> bytes | None:
    """Return what the child sends: nothing where it ended without a word, None where it takes too long."""
    try:
        return pipe.recv_bytes() if pipe.poll(seconds) else None
    except (EOFError, OSError):
        return b""


def _kill(child: int) -> None:
    """Kill the child's group: itself, if it is still there, and all it started."""
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        return


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit code {os.waitstatus_to_exitcode(status)}"
