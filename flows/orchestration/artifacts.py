"""What a person sees of a scheduled run in Prefect's pages: a summary, coverage by province and year, alarms that stand."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.home.alarms import standing
from flows.home.home import Home
from flows.orchestration.run_result import RunResult
from flows.terminal.crawl_report import host_table
from publish.files.release_files import rows_by_table
from publish.schema.sql import province_of, rows_in


def show_crawl(home: Home, result: RunResult) -> None:
    """Show what a crawl came to, a line a host, and the alarms."""
    lines = [f"# Crawl into {home.folder.name}", _news(result)]
    if table := host_table(result.hosts):
        lines.append(f"```\n{table}\n```")
    create_markdown_artifact("\n\n".join(lines), key="gongkai-crawl", description="the last crawl, host by host")
    show_alarms(home)


def show_release(home: Home, result: RunResult) -> None:
    """Show a release that was made: its rows by table, and coverage by province and year."""
    release = result.release
    if release is None:
        return
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in rows_by_table(release).items())
    text = f"# Release {release.name}\n\n{_news(result)}\n\n| table | rows |\n|---|---:|\n{rows}\n"
    create_markdown_artifact(text, key="gongkai-release", description=f"release {release.name}")
    create_table_artifact(coverage_table(release), key="gongkai-coverage", description="reports found of reports due")
    show_alarms(home)


def show_alarms(home: Home) -> None:
    """Show the troubles that stand, newest state; an empty table where there is none."""
    rows = [{"about": one.about, "what": one.text} for one in standing(home)]
    create_table_artifact(rows, key="gongkai-alarms", description=f"{len(rows)} troubles stand")


def coverage_table(release: Path) -> list[dict[str, str]]:
    """Return a row a province (by the first two digits of the code) with ``found/due`` for each year."""
    import duckdb

    counts: dict[str, dict[int, str]] = defaultdict(dict)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"""SELECT {province_of("unit_id")}, year, count(*) FILTER (status IN ('found', 'late')), count(*)
                FROM {rows_in([release / "coverage.parquet"])} WHERE status <> 'not_due' GROUP BY 1, 2 ORDER BY 1, 2"""
        ).fetchall()
    for province, year, found, due in rows:
        counts[province][year] = f"{found}/{due}"
    years = sorted({year for of_province in counts.values() for year in of_province})
    return [
        {"province": province} | {str(year): of_province.get(year, "") for year in years}
        for province, of_province in counts.items()
    ]


def _news(result: RunResult) -> str:
    changes = result.alarms
    if changes is None or changes.quiet:
        return f"{len(result.failures)} failures; nothing new to look at."
    lines = [f"{len(changes.new)} new troubles, {len(changes.gone)} gone, {changes.standing} stand."]
    lines += [f"- new: {trouble.text}" for trouble in changes.new[:20]]
    lines += [f"- gone: {trouble.text}" for trouble in changes.gone[:20]]
    return "\n".join(lines)
