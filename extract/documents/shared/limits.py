"""Limits of time for programs that a reader starts: processor time, and the clock only as a far bound for what hangs.

On a busy machine a program takes many times as long on the clock and as much processor time as ever, so that what a file gives
does not depend on what else runs. Where either limit is reached the machine may still be why: ``UnfinishedDocument``.
"""

from __future__ import annotations

import math
import shutil
import signal
from collections.abc import Sequence

#: Ended for the processor time it used (SIGXCPU), or by SIGKILL, which is also how the system takes memory back: as a process
#: tells it, and as a shell does.
_SIGNALS = (getattr(signal, "SIGXCPU", 24), getattr(signal, "SIGKILL", 9))
_ENDED = frozenset(code for number in _SIGNALS for code in (-number, 128 + number))


def within(seconds: float, command: Sequence[str]) -> list[str]:
    """Return a command line that ends the command where it, or any program it starts, uses more processor time than this."""
    shell = shutil.which("sh")
    if shell is None:
        return [*command]
    # POSIX counts the limit in whole seconds, and each process for itself.
    return [shell, "-c", 'ulimit -t "$0" && exec "$@"', str(math.ceil(seconds)), *command]


def was_ended(exit_code: int | None) -> bool:
    """Tell whether a program was ended by a limit or by the system, and did not end by itself."""
    return exit_code in _ENDED
