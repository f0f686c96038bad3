"""Typeset the sample portal anew: ``python data/sample/typeset.py`` writes site, routes, registry, divisions and truth.

``--check`` compares instead of writing. PDF files need reportlab and the font of ``typesetting/pdf_file.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from typesetting.pdf_file import FONT_FILE  # noqa: E402
from typesetting.portal_files import portal_files  # noqa: E402
from typesetting.publications import invented_publications  # noqa: E402
from typesetting.real import real_publications  # noqa: E402
from typesetting.truth import truth_files  # noqa: E402


def typeset(*, pdf: bool = True) -> dict[str, bytes]:
    """Return every typeset file by its path under ``data/sample``."""
    invented = invented_publications()
    files, addresses = portal_files(invented + real_publications(), pdf=pdf)
    return files | truth_files(invented, addresses)


def committed() -> list[str]:
    """Return the paths of the typeset files that are there."""
    places = [place for folder in ("site", "truth") for place in (HERE / folder).rglob("*") if place.is_file()]
    tops = [HERE / name for name in ("routes.json", "portals.csv", "divisions.csv") if (HERE / name).is_file()]
    return sorted(place.relative_to(HERE).as_posix() for place in places + tops)


def main(arguments: list[str]) -> int:
    files = typeset()
    stale = sorted(set(committed()) - set(files))
    changed = [
        name for name, data in files.items() if not (HERE / name).is_file() or (HERE / name).read_bytes() != data
    ]
    if "--check" in arguments:
        for name in stale + changed:
            print(f"not as typeset: {name}", file=sys.stderr)
        return 1 if stale or changed else 0
    for name in stale:
        (HERE / name).unlink()
    for name in changed:
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(files[name])
    size = sum(map(len, files.values()))
    print(f"{len(files)} files, {size / 2**20:.1f} MiB; {len(changed)} written, {len(stale)} removed")
    return 0


if __name__ == "__main__":
    if not FONT_FILE.is_file():
        sys.exit(f"{FONT_FILE} is missing: install fonts-arphic-gbsn00lp")
    sys.exit(main(sys.argv[1:]))
