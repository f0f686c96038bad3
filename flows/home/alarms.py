"""New problems since the last run, reported once.

A trouble stands until a run has looked at its host (or stage) again. ``HOME/alarms.json`` holds those that stand; a webhook
is sent what came and what went, and nothing where nothing changed. The file may be deleted: everything is reported once more.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extract.crawling.summary import HostSummary
from extract.errors import ReleaseError
from flows.home.home import Home
from publish.files.release_files import write_whole

#: Address that alarms are posted to as JSON; read here and never logged: it often holds a secret.
WEBHOOK = "GONGKAI_WEBHOOK"
#: Troubles told one by one in one message; the rest are counted.
LISTED = 50
SECONDS = 15.0
#: What troubles of the release are about.
RELEASE = "release"
log = logging.getLogger("gongkai.alarms")


@dataclass(frozen=True)
class Trouble:
    """``key`` is the same when the same thing is wrong again; ``about`` is the host, or the stage, that has to be looked
    at before it goes away."""

    key: str
    text: str
    about: str


@dataclass(frozen=True)
class AlarmChanges:
    """What came and what went with a run, and how many troubles stand; ``delivered`` is False where the webhook failed."""

    new: tuple[Trouble, ...]
    gone: tuple[Trouble, ...]
    standing: int
    delivered: bool = True

    @property
    def quiet(self) -> bool:
        return not self.new and not self.gone


def crawl_troubles(hosts: Iterable[HostSummary]) -> tuple[list[Trouble], set[str]]:
    """Return the alarms and failures of a crawl, and the hosts it looked at.

    A reason may name times and counts that change from run to run; it is reported, and is no part of the key.
    """
    troubles, looked_at = [], set()
    for host in hosts:
        looked_at.add(host.host)
        for failure in host.failures:
            place = failure.url or host.host
            text = f"{place}: {failure.outcome}: {failure.reason}"
            troubles.append(Trouble(f"{place} {failure.outcome}", text, host.host))
        for alarm in host.alarms:
            text = f"{alarm.portal_id}: {alarm.kind}: {alarm.message}"
            troubles.append(Trouble(f"{alarm.portal_id} {alarm.kind}", text, host.host))
    return troubles, looked_at


def release_trouble(error: ReleaseError) -> Trouble:
    """Return the trouble of a release that was not made, or that ``latest`` does not point at."""
    first = str(error).partition("\n")[0]
    return Trouble(f"release {first}", str(error), RELEASE)


def update(
    home: Home, troubles: Iterable[Trouble], looked_at: Iterable[str], *, run: str, release: str | None = None
) -> AlarmChanges:
    """Compare with the troubles that stand, keep the new state, and post what changed to the webhook, if there is one.

    ``looked_at``: what this run looked at; troubles about anything else go on standing. ``run`` names the run in the
    message. A message that could not be delivered is logged, and told again by the next run.
    """
    before = _load(home.alarms)
    now = {one.key: one for one in troubles}
    seen = {*looked_at, *(one.about for one in now.values())}
    kept = {key: one for key, one in before.items() if one.about not in seen}
    new = tuple(now[key] for key in sorted(now.keys() - before.keys()))
    gone = tuple(before[key] for key in sorted(before.keys() - now.keys() - kept.keys()))
    changes = AlarmChanges(new, gone, len(kept) + len(now))
    if changes.quiet:
        return changes
    address = os.environ.get(WEBHOOK)
    if address and not _posted(address, message(changes, run, release)):
        return replace(changes, delivered=False)
    _keep(home.alarms, kept | now)
    return changes


def standing(home: Home) -> list[Trouble]:
    """Return the troubles that stand, sorted by what they are about."""
    return sorted(_load(home.alarms).values(), key=lambda one: (one.about, one.key))


def message(changes: AlarmChanges, run: str, release: str | None) -> dict[str, Any]:
    """Return the webhook's JSON: ``text`` for people (chat programs show it), the rest for programs."""
    lines = [f"gongkai {run}: {len(changes.new)} new, {len(changes.gone)} gone, {changes.standing} stand"]
    lines += [f"new: {one.text}" for one in changes.new[:LISTED]] + [
        f"gone: {one.text}" for one in changes.gone[:LISTED]
    ]
    if (more := len(changes.new) + len(changes.gone) - (len(lines) - 1)) > 0:
        lines.append(f"and {more} more")
    return {
        "text": "\n".join(lines),
        "run": run,
        "release": release,
        "standing": changes.standing,
        "new": [one.text for one in changes.new[:LISTED]],
        "gone": [one.text for one in changes.gone[:LISTED]],
        "new_count": len(changes.new),
        "gone_count": len(changes.gone),
    }


def _posted(address: str, content: Mapping[str, Any]) -> bool:
    import requests

    for _ in range(3):
        try:
            requests.post(address, json=content, timeout=SECONDS, allow_redirects=False).raise_for_status()
        except requests.RequestException as error:
            # The error's own text holds the address.
            what = f"answered {error.response.status_code}" if error.response is not None else type(error).__name__
        else:
            return True
    log.error("the webhook of %s could not be told: %s; it is told again after the next run", WEBHOOK, what)
    return False


def _load(place: Path) -> dict[str, Trouble]:
    if not place.exists():
        return {}
    try:
        rows = json.loads(place.read_text(encoding="utf-8"))["standing"]
        return {one["key"]: Trouble(one["key"], one["text"], one["about"]) for one in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.error("%s cannot be read (%s): every trouble is told as new", place, error)
        return {}


def _keep(place: Path, troubles: Mapping[str, Trouble]) -> None:
    rows = [{"key": one.key, "about": one.about, "text": one.text} for _, one in sorted(troubles.items())]
    write_whole(place, json.dumps({"standing": rows}, ensure_ascii=False, indent=1) + "\n")
