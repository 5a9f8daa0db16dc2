"""What an instructor can set in nbgrader_config.py, as `c.Grading.name = value`."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from nbgrader.plugins import BasePlugin
from traitlets import Dict, Float, Integer, TraitError, Type, Unicode, validate
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from utils.grading.sandbox import Limits


class PercentPerDay(BasePlugin):
    """Late penalty: a share of the points for each day begun after the deadline."""

    percent = Float(10.0, help="of the points reached, per day").tag(config=True)
    grace_minutes = Float(15.0, help="after the deadline, for slow uploads").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """Return the points to take off, at most all of them."""
        if total_seconds_late <= 60 * self.grace_minutes:
            return 0.0
        days = -(-total_seconds_late // 86400)
        return min(score, score * self.percent / 100 * days)


class Grading(Configurable):
    """Settings of `make grade`."""

    deadlines = Dict({}, help="{'1-rnns': '2026-12-01 23:59'}, local time").tag(config=True)
    timezone = Unicode("Europe/Berlin", help="of deadlines and of times from the LMS").tag(
        config=True
    )
    late_rule = Type(
        PercentPerDay, klass=BasePlugin, help="an nbgrader plugin for late submissions"
    ).tag(config=True)
    memory_gb = Float(6.0, help="of a submission, all its processes together").tag(config=True)
    cell_seconds = Float(300.0, help="for one cell").tag(config=True)
    test_seconds = Float(120.0, help="for the checks of one exercise").tag(config=True)
    notebook_seconds = Float(1200.0, help="for one submitted notebook").tag(config=True)
    csv_delimiter = Unicode(",", help="a German Excel opens tables with ;").tag(config=True)
    seed = Integer(1, help="random inputs of the hidden checks are drawn from it").tag(config=True)

    @validate("timezone")
    def _known_timezone(self, proposal: dict) -> str:
        try:
            ZoneInfo(proposal["value"])
        except (ValueError, OSError) as error:
            raise TraitError(f"Grading.timezone is unknown: {proposal['value']}") from error
        return proposal["value"]

    def limits(self) -> Limits:
        """The limits of the sandbox."""
        return Limits(
            memory=int(self.memory_gb * 2**30), cell=self.cell_seconds, test=self.test_seconds,
            notebook=self.notebook_seconds,
        )

    def deadline(self, part: str) -> datetime | None:
        """The deadline of a part in UTC, or None."""
        return self.utc(datetime.fromisoformat(self.deadlines[part])) if (
            part in self.deadlines) else None

    def utc(self, time: datetime) -> datetime:
        """A time in UTC; one without a zone is local."""
        local = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(self.timezone))
        return local.astimezone(timezone.utc)


def load(root: Path) -> tuple[Config, Grading]:
    """Read nbgrader_config.py of the course."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    return config, Grading(config=config)
