"""The Prefect server of one run: ``python -m flows.orchestration.server HANDLE PARENT`` serves, and ends when its parent does.

It serves this run and nobody else. It listens on the socket that its parent hands down
(``flows/orchestration/server_process.py``), keeps its database in the run's own PREFECT_HOME, and a parent killed with SIGKILL takes it
along. With ``pages`` as second argument it is the server of ``gongkai schedule``: the same, with Prefect's scheduler and pages.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time


def main() -> None:
    """Serve Prefect's API until the parent process is gone or SIGTERM comes."""
    handle, parent, *more = sys.argv[1:]
    # The parent passes its own number: it may have been killed before this line.
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    listening = socket.socket(fileno=int(handle))

    import uvicorn
    from prefect.server.api.server import create_app

    # Ephemeral: no web pages, no scheduler, no clean-up of other people's runs; it still records tasks and events.
    app = create_app(ephemeral=not more, final=True)
    config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_keep_alive=30, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
