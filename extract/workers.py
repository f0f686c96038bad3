"""Worker processes for strangers' files: reused, each task limited in time and memory, a crash costs one task only.

A task names its function by import path and carries one picklable argument. Workers are started by ``spawn``, so that
nothing of the parent's state (threads, open files, a decoder's globals) reaches them; what a task gives back is pickled.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from extract.contained import contain

Task = tuple[str, Any]

# A worker that has not answered after this many seconds will never start (imports on a busy machine take a few).
_START_SECONDS = 60.0
#: So many times its processor time a task may take on the clock: a busy machine gives a task a small share of a core, and only
#: what hangs (a program that waits for something) comes to this.
ON_THE_CLOCK = 20
# A process whose pipe is closed is ending; a busy machine may take this long over it (a core dump is not written).
_END_SECONDS = 30.0
# A worker that cannot be started this many times in a row will not start for the next task either.
_START_TRIES = 3
_STARTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A task without a result. ``kind`` is ``timeout``, ``memory``, ``died`` or ``raised``; ``reason`` says it in words.

    ``trace`` holds the worker's traceback where an exception was raised.
    """

    kind: str
    reason: str
    trace: str = ""


class WorkerPool:
    """A pool of ``workers`` processes; a task may use ``seconds`` of processor time and its process ``megabytes`` of memory.

    What a task takes on the clock is bounded too, at 20 times as long (``on_the_clock`` seconds where they are told): that ends
    what waits for ever, and says nothing of how busy the machine is. Where the system counts no processor time (Windows) it is
    the only bound.

    A task whose process was killed from outside (SIGKILL: the system wants memory, or somebody did it) is given to another
    once: a result must not tell of an accident. A process is replaced once it keeps half of its memory between tasks, or after
    ``recycle`` tasks: that bounds what a leak can cost. Use it as a context manager, or call ``close``. One thread at a time.
    """

    def __init__(
        self, workers: int, seconds: float, megabytes: int, *, recycle: int = 2000, on_the_clock: float | None = None
    ):
        if workers < 1 or seconds <= 0 or megabytes < 1 or recycle < 1:
            raise ValueError("workers, seconds, megabytes and recycle have to be positive")
        self._size = workers
        self._seconds = seconds
        self._on_the_clock = on_the_clock or ON_THE_CLOCK * seconds
        self._megabytes = megabytes
        self._recycle = recycle
        #: Processor seconds of all tasks that came to an end of their own.
        self.spent = 0.0
        self._workers: list[_Worker] = []
        self._closed = False

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Any]]:
        """Run ``("module:function", argument)`` tasks and yield ``(index, result or TaskFailure)`` as they finish.

        Tasks are taken from the iterable as workers get free, one for each of them ahead. Leaving the loop early, also by an exception or
        Ctrl-C, kills the workers that are busy.
        """
        if self._closed:
            raise ValueError("the pool is closed")
        waiting = enumerate(tasks)
        pending: list[tuple[int, Task]] = []
        exhausted = False
        failed_starts = 0
        given_again: set[int] = set()

        def fill() -> None:
            nonlocal exhausted
            while not exhausted and len(pending) < self._size:
                following = next(waiting, None)
                if following is None:
                    exhausted = True
                else:
                    pending.append(following)

        try:
            while True:
                fill()
                self._assign(pending)
                fill()  # made ready while the workers are busy
                busy = [worker for worker in self._workers if worker.task is not None]
                if exhausted and not pending and not busy:
                    return
                for worker in self._ready():
                    if worker.task is None and not worker.ready:
                        # It was starting: either it says so now, or it died or hung.
                        if worker.hear_start():
                            failed_starts = 0
                            continue
                        failed_starts += 1
                        self._discard(worker)
                        if failed_starts >= _START_TRIES and pending:
                            failed_starts = 0
                            index, _ = pending.pop(0)
                            yield index, TaskFailure("died", f"no worker process starts: {worker.ending()}")
                        continue
                    if worker.task is None:
                        self._discard(worker)  # An idle worker died.
                        continue
                    index, task = worker.task, worker.given
                    outcome = worker.hear(self._seconds, self._on_the_clock, self._megabytes)
                    self.spent += worker.spent
                    if worker.was_killed and index not in given_again:
                        given_again.add(index)
                        self._discard(worker)
                        pending.insert(0, (index, task))
                        continue
                    if worker.broken or worker.full or worker.done >= self._recycle:
                        self._discard(worker)
                    self._assign(pending)
                    yield index, outcome
        finally:
            for worker in [worker for worker in self._workers if worker.task is not None]:
                self._discard(worker)

    def close(self) -> None:
        """End all workers. Idempotent."""
        self._closed = True
        for worker in list(self._workers):
            self._discard(worker)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _assign(self, pending: list[tuple[int, Task]]) -> None:
        """Start as many workers as there is work for, and give those that are ready a task each."""
        idle = [worker for worker in self._workers if worker.task is None]
        for _ in range(min(self._size - len(self._workers), len(pending) - len(idle))):
            self._workers.append(_Worker(self._megabytes))
        for worker in idle:
            if worker.ready and pending:
                index, task = pending[0]
                if worker.give(index, task, self._seconds, self._on_the_clock):
                    pending.pop(0)
                else:
                    self._discard(worker)

    def _ready(self) -> list[_Worker]:
        """Wait until a worker has something to say, has ended or is over its time, and return those."""
        if not self._workers:
            return []
        by_handle: dict[Any, _Worker] = {}
        for worker in self._workers:
            by_handle[worker.connection] = by_handle[worker.process.sentinel] = worker
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        heard = wait(list(by_handle), timeout)
        now = time.monotonic()
        ready = {id(by_handle[handle]): by_handle[handle] for handle in heard}
        for worker in self._workers:
            if worker.deadline is not None and worker.deadline <= now:
                ready[id(worker)] = worker
        return list(ready.values())

    def _discard(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
        worker.end()


class _Worker:
    """The parent's side of one worker process."""

    def __init__(self, megabytes: int):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(theirs, megabytes, os.getpid()), daemon=True)
        _start(self.process)
        theirs.close()
        self.ready = False
        self.broken = False
        self.full = False
        self.spent = 0.0
        self.done = 0
        self.task: int | None = None
        self.given: Any = None
        self.was_killed = False
        self.deadline: float | None = time.monotonic() + _START_SECONDS

    def hear_start(self) -> bool:
        """Take the first message; False when the process ended or hangs."""
        try:
            self.ready = self.connection.poll() and self.connection.recv_bytes() == b"ready"
        except (EOFError, OSError):
            self.ready = False
        self.deadline = None
        return self.ready

    def give(self, index: int, task: Task, seconds: float, on_the_clock: float) -> bool:
        """Send a task; False when the process is gone."""
        message = pickle.dumps((*task, seconds), pickle.HIGHEST_PROTOCOL)
        try:
            self.connection.send_bytes(message)
        except (OSError, ValueError):
            return False
        self.task, self.given = index, task
        self.deadline = time.monotonic() + on_the_clock
        return True

    def hear(self, seconds: float, on_the_clock: float, megabytes: int) -> Any:
        """Return what the task gave, or a TaskFailure saying why it gave nothing."""
        over = self.deadline is not None and time.monotonic() >= self.deadline
        self.task, self.given, self.deadline, self.spent = None, None, None, 0.0
        self.done += 1
        try:
            if self.connection.poll():
                kind, value, trace, kept, self.spent = pickle.loads(self.connection.recv_bytes())
                self.full = kept > megabytes / 2
                if kind == "result":
                    return value
                if kind == "memory":
                    self.broken = True  # What is left of its memory is too little for the next task.
                    return TaskFailure("memory", f"needs more than {megabytes} MB of memory", trace)
                return TaskFailure("raised", value, trace)
        except (EOFError, OSError):
            over = False
        except Exception as error:  # A result whose class cannot be built here is the task's failure, not ours.
            return TaskFailure("raised", f"the result cannot be unpickled: {type(error).__name__}: {error}")
        self.broken = True
        if over and self.process.is_alive():
            self.end()
            return TaskFailure("timeout", f"took longer than {on_the_clock:g} s and was stopped")
        # Pipe and sentinel close, one after the other, a moment before the process has ended.
        self.process.join(_END_SECONDS)
        if self.process.exitcode == -getattr(signal, "SIGPROF", 0) != 0:
            return TaskFailure("timeout", f"took more than {seconds:g} s of processor time and was stopped")
        self.was_killed = self.process.exitcode == -getattr(signal, "SIGKILL", 9)
        return TaskFailure("died", f"the worker process died: {self.ending()}")

    def ending(self) -> str:
        """Say how the process ended."""
        code = self.process.exitcode
        if code is None:
            return "no exit code"
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            return f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
        return f"exit code {code}"

    def end(self) -> None:
        """Kill the process with everything it started, and free its handles."""
        if self.process.pid is not None and self.process.is_alive():
            try:
                if hasattr(os, "killpg") and os.getpgid(self.process.pid) == self.process.pid:
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
            except (ProcessLookupError, PermissionError):
                self.process.kill()
        self.process.join(5)
        self.connection.close()


def _start(process: SpawnProcess) -> None:
    """Start a process also from one that is itself a worker, of ours or of Dask's.

    Python lets a daemonic process start none, so that none is left when it is killed; ours end with their parent.
    """
    settings = getattr(multiprocessing.current_process(), "_config", {})
    with _STARTING:
        daemonic = settings.pop("daemon", None)
        try:
            process.start()
        finally:
            if daemonic is not None:
                settings["daemon"] = daemonic


def _serve(connection: Connection, megabytes: int, parent: int) -> None:
    """Be a worker: read tasks until the parent closes the pipe, or is killed."""
    contain(megabytes, parent)
    try:
        connection.send_bytes(b"ready")
        while True:
            path, argument, seconds = pickle.loads(connection.recv_bytes())
            with _processor_time(seconds):
                outcome = _perform(path, argument)
            connection.send_bytes(outcome)
    except (EOFError, OSError):
        return  # The parent is gone or has closed the pipe.


def _perform(path: str, argument: Any) -> bytes:
    """Call the function and return the pickled outcome: (kind, value, traceback, MB that are held, processor seconds)."""
    start = time.process_time()
    try:
        module, _, function = path.partition(":")
        value = getattr(importlib.import_module(module), function)(argument)
        return pickle.dumps(("result", value, "", _resident(), time.process_time() - start), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        argument = None
        return pickle.dumps(("memory", "", traceback.format_exc(), 0, 0.0))
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        return pickle.dumps(("raised", told, traceback.format_exc(), _resident(), time.process_time() - start))


@contextmanager
def _processor_time(seconds: float) -> Iterator[None]:
    """Have this process end by SIGPROF where it uses more than ``seconds`` of processor time, all its threads together."""
    if not hasattr(signal, "ITIMER_PROF"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _resident() -> int:
    """Return how many MB of memory this process holds; 0 where the system does not tell (all but Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


__all__ = ["Task", "TaskFailure", "WorkerPool"]
