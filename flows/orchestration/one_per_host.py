"""One crawl a host, across all runs of a Prefect server: a global concurrency limit of one for each host.

Within a run a host is one task, and an archive is written by one process; this is for runs on several machines, or over
several homes, that share a server. A run that died frees its hosts when its lease ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency

#: Seconds to wait for a host that another run asks before this run leaves it alone.
WAIT = 600.0
#: Seconds after which a host is free again whose run was killed.
LEASE = 120.0


@contextmanager
def alone_on(host: str, *, wait: float = WAIT) -> Iterator[None]:
    """Hold a host for a ``with`` block.

    Raises:
        TimeoutError: another run asked this host all the time; nothing was sent to it.
    """
    name = f"gongkai-host-{host.replace(':', '-')}"
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
    with ExitStack() as stack:
        try:
            stack.enter_context(
                concurrency(
                    name, timeout_seconds=wait, lease_duration=LEASE, strict=True, raise_on_lease_renewal_failure=False
                )
            )
        except TimeoutError as error:
            raise TimeoutError(f"{host}: another run is asking this host; it is left alone by this one") from error
        yield
