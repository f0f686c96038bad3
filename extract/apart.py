"""Work on strangers' text in processes of its own, called from any thread: what gets stuck there costs only itself."""

from __future__ import annotations

import queue
import threading
from typing import Any

from extract.workers import TaskFailure, WorkerPool


class Apart:
    """Some processes, started when they are needed first and kept until ``close``; each call has the limits of a WorkerPool.

    ``seconds`` of processor time and ``on_the_clock`` seconds, ``megabytes`` of memory a process.
    """

    def __init__(self, processes: int, seconds: float, megabytes: int, *, on_the_clock: float | None = None):
        self._processes, self._limits, self._on_the_clock = processes, (seconds, megabytes), on_the_clock
        self._lock = threading.Lock()
        self._free: queue.LifoQueue[WorkerPool] = queue.LifoQueue()
        self._made: list[WorkerPool] = []

    def call(self, function: str, argument: Any) -> Any:
        """Call a function (``module:name``) and return what it gives, or a TaskFailure; wait until a process is free."""
        pool = self._take()
        try:
            [(_, result)] = list(pool.run([(function, argument)]))
        finally:
            self._free.put(pool)
        return result

    def close(self) -> None:
        """End the processes; a call that waits for one goes on."""
        with self._lock:
            for pool in self._made:
                pool.close()

    def _take(self) -> WorkerPool:
        try:
            return self._free.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            if len(self._made) < self._processes:
                seconds, megabytes = self._limits
                self._made.append(WorkerPool(1, seconds, megabytes, on_the_clock=self._on_the_clock))
                return self._made[-1]
        return self._free.get()


__all__ = ["Apart", "TaskFailure"]
