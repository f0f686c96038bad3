"""The Prefect server of one run: ``python -m flows.server`` prints its port, serves, and ends when its parent does.

The one thing to know: it is never the server of anybody else. It listens on 127.0.0.1 alone, on a port the system
gives it, keeps its database in the run's own PREFECT_HOME, and a parent killed with SIGKILL takes it along.
"""

from __future__ import annotations

import os
import socket
import threading
import time


def main() -> None:
    """Serve Prefect's API until the parent process is gone or SIGTERM comes."""
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)

    import uvicorn
    from prefect.server.api.server import create_app

    print(listening.getsockname()[1], flush=True)
    # Ephemeral: no web pages, no scheduler, no clean-up of other people's runs; it still records tasks and events.
    app = create_app(ephemeral=True, final=True)
    config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_keep_alive=30, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
