"""What a crawl tells of each host: its counts, its reports by year against last time, its alarms; and how it is set."""

from types import SimpleNamespace

import pytest

from extract.crawling.summary import Alarm, HostSummary
from extract.errors import UsageError
from flows.home import alarms
from flows.home.home import Home
from flows.home.settings import PROXY, CrawlSettings
from flows.orchestration.crawl_flow import summary_of
from flows.orchestration.run_result import RunResult
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
    hosts = [host({2020: 1}, name="b.gov.cn"), host({}, name="a.gov.cn")]
    header, first, second = (line.split() for line in host_table(hosts).splitlines())
    assert header[:5] == ["host", "requests", "KiB", "errors", "fetched"]
    assert first == ["a.gov.cn", "1,234", "5", "7", "2", "9", "none", "first"]
    assert second[0] == "b.gov.cn" and "2020" in second
    assert host_table([]) == ""


def test_silent_portal_fails_the_run_and_lost_years_are_told():
    silent = Alarm("990101-a", "silent", (2019,), "1 reports are archived, none is listed now")
    lost = Alarm("990102-b", "lost_years", (2016,), "fewer reports are listed than archived: 2016 (0 of 1)")
    codes = []
    for found in ((lost,), (lost, silent)):
        result = RunResult(hosts=[HostSummary("www.shili.gov.cn", alarms=found)])
        codes.append(result.exit_code)
    assert codes == [0, 1]
    assert alarm_lines(result.hosts) == [
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


def test_host_whose_crawl_broke_off_is_named_until_it_is_crawled_again(tmp_path):
    state = SimpleNamespace(is_completed=lambda: False, message="KeyError: 'x'", name="Failed")
    broken = summary_of(SimpleNamespace(wait=lambda: None, state=state), "www.shili.gov.cn")
    assert RunResult(hosts=[broken]).failures == [
        "www.shili.gov.cn: error: the crawl of this host broke off: KeyError: 'x'"
    ]
    home = Home(tmp_path)
    assert alarms.update(home, *alarms.crawl_troubles([broken]), run="crawl").standing == 1
    assert alarms.update(home, *alarms.crawl_troubles([host({})]), run="crawl").standing == 0
