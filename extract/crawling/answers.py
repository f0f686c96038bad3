"""How each host answers in a run: what one host does is never held against another, and what was not asked against none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from extract.fetching.exchange import Exchange

DOWN_AFTER = 3  # addresses in a row that a host did not answer at all: it is down for this run
FINE = ("ok", "moved", "empty_list")


@dataclass
class _Host:
    requests: int = 0
    good: int = 0
    errors: int = 0
    unanswered: int = 0


@dataclass
class Answers:
    """Counts by host, of the questions that were really put to it."""

    hosts: defaultdict[str, _Host] = field(default_factory=lambda: defaultdict(_Host))

    def count(self, exchanges: Iterable[Exchange]) -> None:
        """Count what it took to get one address: requests, and on each host whether it answered."""
        answered: dict[str, bool] = {}
        for exchange in exchanges:
            if was_not_asked(exchange.reason):
                continue
            host = host_of(exchange.url)
            self.hosts[host].requests += 1
            if exchange.kind is None:
                answered[host] = answered.get(host, False) or not exchange.silent
        for host, any_answer in answered.items():
            self.hosts[host].unanswered = 0 if any_answer else self.hosts[host].unanswered + 1

    def judge(self, exchange: Exchange) -> None:
        """Count what an exchange came to."""
        if exchange.kind is None and not was_not_asked(exchange.reason):
            self.hosts[host_of(exchange.url)].good += exchange.outcome == "ok"
            self.hosts[host_of(exchange.url)].errors += exchange.outcome not in FINE

    def is_down(self, url: str) -> bool:
        """Tell whether an address's host left so many addresses in a row unanswered that it is down for this run."""
        return self.hosts[host_of(url)].unanswered >= DOWN_AFTER

    def swings(self, url: str) -> bool:
        """Tell whether more than a quarter of the host's answers were good: its gate is not shut."""
        host = self.hosts[host_of(url)]
        return 3 * host.good > host.errors

    def requests(self, url: str) -> int:
        return self.hosts[host_of(url)].requests

    @property
    def totals(self) -> Counter[str]:
        """Requests and errors on all hosts together."""
        return Counter(
            requests=sum(host.requests for host in self.hosts.values()),
            errors=sum(host.errors for host in self.hosts.values()),
        )


def host_of(url: str) -> str:
    """Return the host of an address, in lower case."""
    return (urlsplit(url).hostname or "").lower()


def was_not_asked(reason: str | None) -> bool:
    """Tell whether a reason says that nothing was sent."""
    return (reason or "").startswith("not asked")
