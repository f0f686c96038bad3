"""The Prefect server of one run: ``python -m flows.server`` prints its port, serves, and ends when its parent does.

The one thing to know: it is never the server of anybody else. It listens on 127.0.0.1 alone, keeps its database in the
run's own PREFECT_HOME, and a parent killed with SIGKILL takes it along. With a port as argument it is the server of
``gongkai schedule``: the same, with Prefect's scheduler and pages.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time


def main() -> None:
    """Serve Prefect's API until the parent process is gone or SIGTERM comes."""
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    told = sys.argv[1:]
    listening = _listen(int(told[0]) if told else 0)

    import uvicorn
    from prefect.server.api.server import create_app

    print(listening.getsockname()[1], flush=True)
    # Ephemeral: no web pages, no scheduler, no clean-up of other people's runs; it still records tasks and events.
    app = create_app(ephemeral=not told, final=True)
    config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_keep_alive=30, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    """Return a socket on a port; the server of a run that was killed a moment ago may still hold it."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError as error:
            if time.monotonic() > deadline:
                sys.exit(f"port {port} of 127.0.0.1 cannot be had ({error}); give another with --port")
            time.sleep(0.2)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
