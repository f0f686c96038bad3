"""What a run tells the person who watches it: a line on standard error under the program's name; results go to standard output."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Print one line."""
    print(f"gongkai: {line}", file=sys.stderr)
