"""The command ``gongkai``: its subcommands (``flows/commands/``) collected, and their errors as exit codes.

Results go to standard output, progress and logs to standard error. Exit codes: 0 all done; 1 some documents or hosts
failed (listed; the release is made all the same); 2 wrong usage; 3 no release made, or ``latest`` held back.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from extract.errors import GongkaiError, ReleaseError, UsageError
from flows.commands import (
    archive,
    audit,
    build,
    check,
    crawl,
    diff,
    explore,
    extract,
    import_,
    publish,
    release,
    review,
    schedule,
    trace,
)
from flows.terminal.machine_trouble import machine_trouble
from flows.terminal.output import NO_RELEASE, SOME_FAILED, WRONG_USAGE, say

#: In the order in which ``gongkai --help`` lists them.
COMMANDS = (
    *(build, crawl, import_, extract, release, check, archive, schedule),
    *(trace, review, audit, explore, diff, publish),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    otherwise = NO_RELEASE if options.command in ("build", "release") else SOME_FAILED
    if getattr(options, "store", None):
        os.environ["GONGKAI_STORE"] = options.store
    try:
        return options.run(options)
    except UsageError as error:
        return _failed(error, WRONG_USAGE)
    except ReleaseError as error:
        return _failed(error, NO_RELEASE)
    except GongkaiError as error:
        return _failed(error, otherwise)
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away: nobody is left to tell.
        sys.stderr.close()
        return SOME_FAILED
    except KeyboardInterrupt:
        return _failed("stopped; run the same command again to go on where it was", otherwise)
    except Exception as error:
        if text := machine_trouble(error):
            return _failed(text, otherwise)
        traceback.print_exc()
        return _failed("this is a fault of gongkai's; please report it with the lines above", otherwise)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command tree."""
    top = argparse.ArgumentParser(
        prog="gongkai",
        description="China's annual reports on open government information (政府信息公开工作年度报告) as a longitudinal dataset.",
        epilog="gongkai COMMAND --help shows the options of a command and an example.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


def _failed(error: object, exit_code: int) -> int:
    say(str(error))
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
