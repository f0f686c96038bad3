"""The documentation is one site: every page is in its list, and every link leads somewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_page_is_built_and_every_link_leads_somewhere(tmp_path):
    run = build(DOCS, tmp_path / "html")
    assert run.returncode == 0, run.stderr
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert {path.stem for path in (tmp_path / "html").glob("*.html")} >= pages | {"search"}
    listed = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert [page for page in pages - {"index"} if f'href="{page}.html' not in listed] == []


def test_a_link_that_leads_nowhere_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_bytes((DOCS / "conf.py").read_bytes())
    (tmp_path / "docs" / "index.md").write_text("# A\n\nsee [there](nowhere.md)\n", encoding="utf-8")
    run = build(tmp_path / "docs", tmp_path / "html")
    assert run.returncode != 0 and "nowhere" in run.stderr
