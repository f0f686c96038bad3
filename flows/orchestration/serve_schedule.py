"""Crawl and release on the times of ``prefect.yaml``, with one embedded Prefect server.

On one machine nothing else has to be set up. The server listens on 127.0.0.1, is protected by an auth string that is made
on the first start, keeps its database under ``HOME/prefect/schedule``, and ends with this process. A run that an earlier
process left behind is ended at the start; one that dies later is ended when its heartbeat is missing.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extract.errors import UsageError
from flows.home.home import ROOT, find_home
from flows.orchestration.own_server import prefect_server
from flows.terminal.output import say

PORT = 4200
#: Seconds between two heartbeats of a flow; the automation waits four of them.
HEARTBEAT = 30
DEPLOYMENTS, AUTOMATIONS = ROOT / "prefect.yaml", ROOT / "automations.yaml"


def serve_schedule(
    portals_file: Path | None,
    jurisdictions: Sequence[str],
    years: range | None,
    home: Path | None,
    settings: Mapping[str, Any],
    *,
    port: int = PORT,
    file: Path = DEPLOYMENTS,
) -> int:
    """Serve the deployments of ``file`` until SIGINT or SIGTERM; return the exit code 0.

    ``settings`` are those fields of CrawlSettings that the user gave; without ``portals_file`` the registry that prefect.yaml
    names is crawled.

    Raises:
        UsageError: another schedule runs on this home, or real portals would be asked without a contact.
        GongkaiError: the server did not start.
    """
    place = find_home(home, sample=False)
    parameters: dict[str, dict[str, Any]] = {
        "crawl": {"home": str(place.folder), "settings": dict(settings)},
        "release": {"home": str(place.folder)},
    }
    if portals_file is not None:
        parameters["crawl"]["portals_file"] = str(portals_file.resolve())
    if jurisdictions:
        parameters["crawl"]["jurisdictions"] = list(jurisdictions)
    if years:
        parameters["crawl"]["years"] = [years[0], years[-1]]
    if not settings.get("contact"):
        raise UsageError("real servers are only asked with a contact of yours: --contact, or GONGKAI_CONTACT")
    own = place.prefect / "schedule"
    with alone(own), prefect_server(own, port=port, more=server_settings(own)) as url:
        from prefect import serve

        ended = end_dead_runs()
        set_up_automations()
        say(f"schedule on {url.removesuffix('/api')}, user string in {own / 'auth'}")
        if ended:
            say(f"{ended} runs of an earlier process ended")
        # Prefect starts each run in this folder, and finds the flows by their path in it.
        os.chdir(ROOT)
        serve(*deployments(parameters, file), pause_on_shutdown=False, print_starting_message=False)
    return 0


def deployments(parameters: Mapping[str, Mapping[str, Any]], file: Path) -> list[Any]:
    """Return the deployments of a file as Prefect serves them, with parameters of this machine over the file's."""
    import yaml
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.schedules import Cron

    from flows.orchestration import scheduled

    found = []
    for deployment in yaml.safe_load(file.read_text(encoding="utf-8"))["deployments"]:
        _, _, function = deployment["entrypoint"].partition(":")
        found.append(
            getattr(scheduled, function).to_deployment(
                deployment["name"],
                schedules=[Cron(time["cron"], timezone=time["timezone"]) for time in deployment["schedules"]],
                concurrency_limit=ConcurrencyLimitConfig(**deployment["concurrency_limit"]),
                description=deployment["description"],
                parameters={**deployment["parameters"], **parameters.get(deployment["name"], {})},
            )
        )
    return found


def server_settings(folder: Path) -> dict[str, str]:
    """Return what a scheduling server has beside a run's: an auth string, heartbeats, runs that say what they do."""
    auth = os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or _auth(folder / "auth")
    return {
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_TO_API_ENABLED": "true",
    }


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the schedule of a home for a ``with`` block.

    Raises:
        UsageError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"{folder}: another gongkai schedule runs on this home; stop it first") from error
        yield


def end_dead_runs() -> int:
    """Mark runs that are said to be running as crashed; return how many.

    Only for a server that nobody else uses and that has just started: whatever ran under it has ended with it.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.states import Crashed

    state = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}})
    ended = 0
    with get_client(sync_client=True) as client:
        # Each call returns a page; a run that was ended is no longer among the next.
        while runs := client.read_flow_runs(flow_run_filter=state):
            for run in runs:
                client.set_flow_run_state(run.id, Crashed(message="its process had ended"), force=True)
                ended += 1
    return ended


def set_up_automations(file: Path = AUTOMATIONS) -> None:
    """Create the automations of a file on the server, or bring those of the same name up to date."""
    import yaml
    from prefect.automations import Automation

    for wanted in yaml.safe_load(file.read_text(encoding="utf-8"))["automations"]:
        automation = Automation.model_validate(wanted)
        try:
            there: Any = Automation.read(name=automation.name)
        except ValueError:
            automation.create()
        else:
            automation.id = there.id
            automation.update()


def _auth(file: Path) -> str:
    """Return the auth string of this home, made where there is none; only its owner may read the file."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(f"gongkai:{secrets.token_urlsafe(24)}\n")
    return file.read_text(encoding="utf-8").strip()
