"""Where documents are read: worker processes of this machine, or a Dask cluster, behind one setting.

``processes``: a worker a core. ``dask``: a Dask cluster on this machine, for the length of the run. ``tcp://HOST:PORT`` or
``tls://HOST:PORT``: the scheduler of a cluster that is there already; certificates come from Dask's own configuration. Whichever
it is, a backend takes manifests and gives summaries, so the parts come out the same. Users call it an engine (``--engine``).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Protocol

from extract.errors import GongkaiError, UsageError
from extract.workers import TaskFailure, WorkerPool
from flows.reading.manifest import Manifest, Summary
from flows.reading.read import SECONDS
from flows.reading.read_manifest import check, read_manifest

#: The settings, as the environment and the options --engine and --workers give them.
ENGINE, WORKERS = "GONGKAI_ENGINE", "GONGKAI_WORKERS"
PROCESSES, DASK = "processes", "dask"
#: A batch whose worker was killed is given to another so many times.
TRIES = 3
#: A worker holds the readings of one batch; the documents themselves are read in processes with limits of their own.
_MEGABYTES = 4096
_EXTRA = "pip install -e '.[dask]'"
_WAIT_SECONDS = 60
_A_DAY = 24 * 3600.0


class Backend(Protocol):
    """``slots`` batches are read at a time; ``read`` may be called from as many threads."""

    slots: int

    def read(self, manifest: Manifest) -> Summary:
        """Have a manifest read by some worker.

        Raises:
            GongkaiError: no worker could do it; the message says why.
        """


def backend_name() -> str:
    """Return the backend that GONGKAI_ENGINE names, ``processes`` where it is not set.

    Raises:
        UsageError: there is no such engine.
    """
    name = os.environ.get(ENGINE) or PROCESSES
    if name not in (PROCESSES, DASK) and not name.startswith(("tcp://", "tls://")):
        raise UsageError(f"{name!r} is no engine: processes, dask, or a scheduler's tcp://HOST:PORT or tls://HOST:PORT")
    if name != PROCESSES:
        require_dask(name)
    return name


def is_elsewhere(name: str) -> bool:
    """Tell whether a backend is a cluster that was there already, whose workers may have no disk in common with this machine."""
    return name not in (PROCESSES, DASK)


def number_of_workers() -> int:
    """Return how many worker processes of this machine read: GONGKAI_WORKERS, one a core where it is not set.

    Raises:
        UsageError: it is no number from 1 on.
    """
    number = os.environ.get(WORKERS) or str(os.cpu_count() or 1)
    if not number.isdigit() or int(number) < 1:
        raise UsageError(f"{number!r} workers: a number from 1 on")
    return int(number)


@contextmanager
def open_backend(name: str, workers: int) -> Iterator[Backend]:
    """Give the backend of a name for a ``with`` block; ``workers`` are those of this machine.

    Raises:
        UsageError: its library is not installed, its scheduler does not answer or has no worker.
        GongkaiError: a worker cannot import gongkai, has another version of it, or cannot see the archive.
    """
    if name == PROCESSES:
        with _processes(workers) as backend:
            yield backend
    else:
        with _dask(name, workers) as backend:
            yield backend


class _Processes:
    def __init__(self, pools: list[WorkerPool]):
        self.slots = len(pools)
        self._free: SimpleQueue[WorkerPool] = SimpleQueue()
        for pool in pools:
            self._free.put(pool)

    def read(self, manifest: Manifest) -> Summary:
        pool, text = self._free.get(), manifest.to_json()
        try:
            for _ in range(TRIES):
                ((_, result),) = pool.run([("flows.reading.read_manifest:read_manifest", text)])
                if not isinstance(result, TaskFailure):
                    return Summary.from_json(result)
                if result.kind != "died":
                    break
        finally:
            self._free.put(pool)
        raise GongkaiError(
            f"a batch of {len(manifest.items)} documents could not be read: {result.reason}\n{result.trace}".rstrip()
        )


@contextmanager
def _processes(workers: int) -> Iterator[Backend]:
    # A document is stopped by its own limits of time; these only end what hangs altogether.
    seconds = 600 + 200 * SECONDS
    pools = [WorkerPool(1, seconds, _MEGABYTES, on_the_clock=_A_DAY) for _ in range(workers)]
    try:
        yield _Processes(pools)
    finally:
        for pool in pools:
            pool.close()


class _Cluster:
    def __init__(self, client: Any, slots: int):
        self.slots = slots
        self._client = client

    def read(self, manifest: Manifest) -> Summary:
        future = self._client.submit(read_manifest, manifest.to_json(), pure=False, retries=0)
        try:
            return Summary.from_json(future.result())
        except GongkaiError:
            raise
        except Exception as error:
            raise GongkaiError(
                f"a batch of {len(manifest.items)} documents could not be read on the cluster: {type(error).__name__}: {error}"
            ) from error
        finally:
            future.release()


@contextmanager
def _dask(name: str, workers: int) -> Iterator[Backend]:
    require_dask(name)
    import dask
    import distributed

    cluster = None
    with dask.config.set({"distributed.admin.tick.limit": "1h", "distributed.logging.distributed": "error"}):
        try:
            if name == DASK:
                cluster = distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
                )
            client = distributed.Client(cluster or name, timeout=_WAIT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(f"{name}: no Dask scheduler answers there ({error})") from error
        try:
            yield _Cluster(client, _slots(name, client))
        finally:
            client.close()
            if cluster is not None:
                cluster.close()


def _slots(name: str, client: Any) -> int:
    """Return how many batches the cluster reads at a time."""
    try:
        client.wait_for_workers(1, timeout=_WAIT_SECONDS)
    except TimeoutError as error:
        raise UsageError(f"{name}: the scheduler has no worker; start some with: dask worker {name}") from error
    return sum(client.nthreads().values())


def refuse_strangers(backend: Backend, manifest: Manifest) -> None:
    """Ask every worker of a cluster whether it can take part, before any gets work.

    Raises:
        GongkaiError: one cannot; the message names each with the reason.
    """
    if not isinstance(backend, _Cluster):
        return
    places = (manifest.archive, manifest.parts)
    answers = backend._client.run(check, *places, manifest.reader_version, on_error="return")
    refused = sorted(f"{worker} {_reason(answer)}" for worker, answer in answers.items() if answer)
    if refused:
        raise GongkaiError("the cluster cannot read this archive:\n" + "\n".join(refused))


def _reason(answer: object) -> str:
    # Dask gives back what it cannot carry over as a plain Exception with its words.
    if isinstance(answer, Exception) and "No module named" in str(answer):
        return f"cannot import gongkai ({answer}): install the same version there"
    return f"failed: {type(answer).__name__}: {answer}" if isinstance(answer, Exception) else str(answer)


def require_dask(name: str) -> None:
    """Raise UsageError where Dask is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(f"the engine {name} needs Dask, which is not installed: {_EXTRA}")
