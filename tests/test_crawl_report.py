"""What a crawl tells of each host: its counts, its reports by year against last time, its alarms; and how it is set."""

import pytest

from extract.crawling.summary import Alarm, CrawlSummary, HostSummary
from extract.errors import UsageError
from flows.commands.build import Outcome
from flows.home.settings import PROXY, CrawlSettings
from flows.terminal.crawl_report import alarm_lines, change, host_table, years


def host(reports, before=None, name="www.shili.gov.cn"):
    return HostSummary(name, 1234, 5 * 1024, 7, 2, 9, reports, 1.0, before or {})


def test_years_with_equal_counts_are_drawn_together():
    assert (
        years({2014: 1, 2015: 1, 2016: 1, 2018: 1, 2019: 2, None: 3}) == "2014-2016, 2018, 2019 x2, without a year x3"
    )
    assert years({}) == ""


@pytest.mark.parametrize(
    ("reports", "before", "told"),
    [
        ({2019: 1}, {}, "first"),
        ({2019: 1, None: 2}, {2019: 1}, "same"),
        ({2019: 2, 2021: 1}, {2019: 1, 2020: 3}, "+2 (2019, 2021), -3 (2020)"),
    ],
)
def test_reports_by_year_are_held_against_last_time(reports, before, told):
    assert change(host(reports, before)) == told


def test_each_host_has_a_line_with_its_counts():
    summaries = [CrawlSummary((host({2020: 1}, name="b.gov.cn"),), ()), CrawlSummary((host({}, name="a.gov.cn"),), ())]
    header, first, second = (line.split() for line in host_table(summaries).splitlines())
    assert header[:5] == ["host", "requests", "KiB", "errors", "fetched"]
    assert first == ["a.gov.cn", "1,234", "5", "7", "2", "9", "none", "first"]
    assert second[0] == "b.gov.cn" and "2020" in second
    assert host_table([]) == ""


def test_silent_portal_fails_the_run_and_lost_years_are_told():
    silent = Alarm("990101-a", "silent", (2019,), "1 reports are archived, none is listed now")
    lost = Alarm("990102-b", "lost_years", (2016,), "fewer reports are listed than archived: 2016 (0 of 1)")
    codes = []
    for alarms in ((lost,), (lost, silent)):
        outcome = Outcome()
        outcome.crawled([CrawlSummary((), (), alarms=alarms)])
        codes.append(outcome.exit_code)
    assert codes == [0, 1]
    assert alarm_lines(outcome.summaries) == [
        "alarm: 990101-a: silent: 1 reports are archived, none is listed now",
        "alarm: 990102-b: lost_years: fewer reports are listed than archived: 2016 (0 of 1)",
    ]


def test_settings_reach_the_fetcher(monkeypatch):
    monkeypatch.setenv(PROXY, "http://127.0.0.1:3128")
    fetcher = CrawlSettings("a@example.org", "somewhere", 0.5, 10, 6).fetcher()
    assert (fetcher.interval, fetcher.way.ip, fetcher.way.proxy) == (2.0, 6, "http://127.0.0.1:3128")
    assert "contact: a@example.org" in fetcher.way.user_agent
    with pytest.raises(UsageError, match="contact"):
        CrawlSettings().fetcher()
    assert CrawlSettings().fetcher({"www.shili.gov.cn": ("127.0.0.1", 1)}).way.proxy is None
