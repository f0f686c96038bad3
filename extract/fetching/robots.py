"""robots.txt (RFC 9309): may this address be asked for, and how often.

Read with protego after decoding with the byte order mark taken off (protego, like the standard library, ignores all
rules of a file that begins with one). A page served in its place says nothing: then everything may be asked, at the
slow default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

from extract.documents.shared.encoding import decode
from extract.documents.shared.sniff import sniff
from extract.fetching.classify import CHALLENGE_STATUS

AGENT = "gongkai"
LONGEST_DELAY = 60.0  # seconds; some files ask for hours, which is a way of saying no that Disallow says better
BIGGEST = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are to be read
USER_AGENT = re.compile(r"user-?agent\s*:(.*)", re.I)


@dataclass(frozen=True)
class Rules:
    """One host's rules. ``known`` is False where no robots.txt could be read; ``delay`` in seconds, if it asks."""

    known: bool
    delay: float | None = None
    parsed: Protego | None = None

    def allows(self, url: str) -> bool:
        """Tell whether an address may be asked for."""
        return self.parsed is None or self.parsed.can_fetch(url, AGENT)


def read_rules(status: int | None, data: bytes) -> Rules:
    """Return the rules that an answer for /robots.txt gives.

    No such file (4xx but for 429 and challenges): everything is allowed. No answer, an error or a page instead: unknown.
    """
    if status is not None and 400 <= status < 500 and status != 429 and status not in CHALLENGE_STATUS:
        return Rules(known=True)
    if status is None or not 200 <= status < 300:
        return Rules(known=False)
    # An empty file says that all is allowed; a page, a challenge or a picture says nothing.
    if sniff(data) not in ("text", "empty"):
        return Rules(known=False)
    try:
        parsed = Protego.parse(_of_interest(decode(data[:BIGGEST])[0]))
    except Exception:  # a stranger's file that trips the parser says nothing that can be followed
        return Rules(known=False)
    delay = parsed.crawl_delay(AGENT)
    return Rules(True, min(float(delay), LONGEST_DELAY) if delay else None, parsed)


def _of_interest(text: str) -> str:
    """Return the file with the names of all other programs as one.

    A group of rules counts once for each program it names, and protego keeps it once for each: 10,000 names before 10,000
    rules would be a hundred million rules.
    """
    lines: list[str] = []
    for line in text.splitlines():
        if named := USER_AGENT.match(line.lstrip()):
            name = named[1].partition("#")[0].strip().lower()
            if name.replace("*", "") not in AGENT:
                line = "User-agent: another-program"
            if lines and lines[-1] == line:
                continue
        lines.append(line)
    return "\n".join(lines)
