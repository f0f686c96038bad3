"""``gongkai explore``: a release in a browser on this machine, and a page to ask it in SQL."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from extract.errors import UsageError
from flows.commands import options as shared
from flows.terminal.output import DONE


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "explore",
        run,
        "look at a release in a browser, and ask it in SQL",
        "Serve the site of a release and a query page on this machine only (127.0.0.1), until stopped with Ctrl-C. Pages\n"
        "that a large release's site leaves out are made when they are asked for.",
        "gongkai explore data/demo/releases/2026.11.0-sample",
    )
    shared.add_release(command)
    command.add_argument(
        "--port", metavar="N", type=int, default=0, help="port on 127.0.0.1 (default: any free one, printed)"
    )
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``explore`` as the options say."""
    return explore(options.release, home=options.home, port=options.port)


def explore(release: Path | None, *, home: Path | None = None, port: int = 0) -> int:
    """Serve a release (default: the latest of the home) until interrupted.

    Raises:
        UsageError: there is no such release, or the port is taken.
    """
    from flows.inspection.site_server import serve_release

    folder = release or _latest(home)
    with serve_release(folder, port=port) as address:
        print(f"{address}/", flush=True)
        print(f"{folder.name}: open the address in a browser; Ctrl-C stops", file=sys.stderr)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    return DONE


def _latest(home: Path | None) -> Path:
    from flows.home.home import find_home
    from publish.compare.latest import latest_release

    places = [find_home(home, sample=False), find_home(home, sample=True)]
    found = next((folder for place in places if (folder := latest_release(place.folder))), None)
    if found is None:
        raise UsageError(f"{places[0].folder}: holds no release; make one with gongkai build, or name one")
    return found
