"""``gongkai schedule``: crawl weekly or monthly and release nightly, on this machine, until stopped."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flows.commands import options as shared


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "schedule",
        run,
        "crawl weekly or monthly and release nightly, on this machine",
        "Run the deployments of prefect.yaml with one embedded Prefect server, until stopped: a crawl every week from\n"
        "January to April and every month otherwise, a release every night if there is something new.",
        "gongkai schedule --contact you@example.org --home /srv/gongkai",
    )
    shared.add_portals(command, "data/reference/portals.csv")
    shared.add_home(command)
    command.add_argument(
        "--port", metavar="N", type=int, default=4200, help="port of Prefect's pages on 127.0.0.1 (default: 4200)"
    )
    shared.add_store(command)


def run(options: shared.Options) -> int:
    """Call ``serve_schedule`` as the options say."""
    from flows.orchestration.serve_schedule import serve_schedule

    settings = asdict(shared.crawl_settings(options))
    return serve_schedule(
        options.portals, options.jurisdiction, options.years, options.home, settings, port=options.port
    )
