"""pytest plugin that ends every run with a table: which files the time went to."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds of each file, set-up included, the slowest first.

    Files that ran side by side are summed up: the total is that of one process after another.
    """
    seconds, tests = Counter(), Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                file = report.nodeid.partition("::")[0]
                seconds[file] += report.duration
                tests[file] += report.when == "call"
    if not seconds:
        return
    terminalreporter.section("where the time went")
    for file, spent in seconds.most_common():
        terminalreporter.line(f"{spent:7.1f} s  {tests[file]:4d} tests  {file}")
    terminalreporter.line(f"{seconds.total():7.1f} s  {tests.total():4d} tests  together")
