"""What a person sees of a scheduled run in Prefect's pages: a summary, coverage by province and year, alarms that stand."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.alarms import standing
from flows.build import Outcome
from flows.crawl_report import host_table
from flows.home import Home

#: Statuses of coverage in which a report is there (docs/contract.md).
_THERE = ("found", "late")
_NOT_EXPECTED = ("not_due",)


def show_crawl(home: Home, outcome: Outcome) -> None:
    """Show what a crawl came to, a line a host, and the alarms."""
    lines = [f"# Crawl into {home.folder.name}", _news(outcome)]
    if table := host_table(outcome.summaries):
        lines.append(f"```\n{table}\n```")
    create_markdown_artifact("\n\n".join(lines), key="gongkai-crawl", description="the last crawl, host by host")
    show_alarms(home)


def show_release(home: Home, outcome: Outcome) -> None:
    """Show a release that was made: its rows by table, and coverage by province and year."""
    release = outcome.released
    if release is None:
        return
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in rows_of(release).items())
    text = f"# Release {release.name}\n\n{_news(outcome)}\n\n| table | rows |\n|---|---:|\n{rows}\n"
    create_markdown_artifact(text, key="gongkai-release", description=f"release {release.name}")
    create_table_artifact(coverage_table(release), key="gongkai-coverage", description="reports found of reports due")
    show_alarms(home)


def show_alarms(home: Home) -> None:
    """Show the troubles that stand, newest state; an empty table where there is none."""
    rows = [{"about": one.about, "what": one.text} for one in standing(home)]
    create_table_artifact(rows, key="gongkai-alarms", description=f"{len(rows)} troubles stand")


def rows_of(release: Path) -> dict[str, int]:
    """Return the number of rows of each table of a release."""
    import pyarrow.parquet as pq

    rows: dict[str, int] = defaultdict(int)
    for path in sorted(release.rglob("*.parquet")):
        rows[path.parent.name if path.parent != release else path.stem] += pq.read_metadata(path).num_rows
    return dict(rows)


def coverage_table(release: Path) -> list[dict[str, str]]:
    """Return a row a province (by the first two digits of the code) with ``found/due`` for each year."""
    import pyarrow.parquet as pq

    table = pq.read_table(release / "coverage.parquet", columns=["unit_id", "year", "status"])
    groups = table.group_by(["unit_id", "year", "status"]).aggregate([([], "count_all")]).to_pylist()
    counts: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in groups:
        if row["status"] in _NOT_EXPECTED:
            continue
        cell = counts[row["unit_id"].removeprefix("CN-").removeprefix("ZONE-")[:2]][row["year"]]
        cell[0] += row["count_all"] if row["status"] in _THERE else 0
        cell[1] += row["count_all"]
    years = sorted({year for of_province in counts.values() for year in of_province})
    return [
        {"province": province} | {str(year): "{}/{}".format(*of_years[year]) if year in of_years else "" for year in years}
        for province, of_years in sorted(counts.items())
    ]


def _news(outcome: Outcome) -> str:
    told = outcome.told
    if told is None or told.quiet:
        return f"{len(set(outcome.failures))} failures; nothing new to look at."
    lines = [f"{len(told.new)} new troubles, {len(told.gone)} gone, {told.standing} stand."]
    lines += [f"- new: {one.text}" for one in told.new[:20]] + [f"- gone: {one.text}" for one in told.gone[:20]]
    return "\n".join(lines)
