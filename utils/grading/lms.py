"""Tables of learning management systems: times come in, points go out.

A table that came from the LMS is kept as it is, and only the points are filled in, since an LMS
recognises its own table best:

    Moodle   the grading worksheet of the assignment ("Download grading worksheet")
    Canvas   the exported gradebook
    ILIAS    status.csv from the zip of all submissions
    others   a table with the columns `student` and `time` (2026-12-01 23:59 or 1.12.2026 23:59)
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from utils.files import write_whole
from utils.grading.gradebook import Row

IDS = ("identifier", "id", "usr_id", "student")
NAMES = ("full name", "vollständiger name", "student", "name", "lastname")
TIMES = ("last modified (submission)", "zuletzt geändert (abgabe)", "time", "submission_date")
GRADES = ("grade", "bewertung", "mark")
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
    )
    for number, name in enumerate(names.split(), start=1)
}
_SPOKEN = re.compile(r"(\d{1,2})\.? (\w+) (\d{4}),? (\d{1,2}):(\d{2})(?: ?([AP])M)?")


class Table:
    """A CSV file of an LMS.

    Raises:
        ValueError: it has no column with the students' ids.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8-sig")
        self.delimiter = ";" if text.partition("\n")[0].count(";") > 1 else ","
        self.rows = list(csv.reader(io.StringIO(text), delimiter=self.delimiter))
        self.header = [name.strip().casefold() for name in self.rows[0]] if self.rows else []
        self._id = self.column(IDS)
        if self._id is None:
            raise ValueError(f"{path} has none of the columns {', '.join(IDS)}")

    def column(self, names: Iterable[str]) -> int | None:
        """Index of the first of ``names`` that is in the header."""
        return next((self.header.index(name) for name in names if name in self.header), None)

    def id(self, row: list[str]) -> str:
        """The student's id: Moodle writes `Participant 123456`, `Teilnehmer/in123456`."""
        text = row[self._id].strip() if self._id < len(row) else ""
        match = re.fullmatch(r"[^\d]+(\d+)", text) if self.header[self._id] in IDS[:2] else None
        return match[1] if match else text

    def students(self) -> dict[str, str]:
        """Names by id."""
        name = self.column(NAMES)
        return {self.id(row): row[name] if name is not None and name < len(row) else ""
                for row in self.rows[1:] if self.id(row)}

    def times(self) -> dict[str, datetime]:
        """When each student's submission came in, in the LMS's local time.

        Raises:
            ValueError: a time can't be read; without it, somebody would miss a penalty.
        """
        column, found = self.column(TIMES), {}
        for number, row in enumerate(self.rows[1:], start=2):
            if column is None or column >= len(row) or not self.id(row):
                continue
            try:
                time = moment(row[column])
            except ValueError as error:
                raise ValueError(
                    f"{self.path}, row {number}, student {self.id(row)}: {error}"
                ) from error
            if time:
                found[self.id(row)] = time
        return found


def moment(text: str) -> datetime | None:
    """Read a point in time as Moodle says it in English and German, as 1.12.2026 23:59 (a comma
    may stand between), or in ISO format; "-" and nothing are None.

    Raises:
        ValueError: it is none of these.
    """
    text = text.strip()
    if text in ("", "-"):
        return None
    if match := _SPOKEN.search(text.casefold().replace("am", "AM").replace("pm", "PM")):
        day, month, year, hour, minute, half = match.groups()
        if month in _MONTHS:
            hour = int(hour) % 12 + 12 * (half == "P") if half else int(hour)
            return datetime(int(year), _MONTHS[month], int(day), hour, int(minute))
    for read in (datetime.fromisoformat, _german):
        with contextlib.suppress(ValueError):
            return read(text)
    raise ValueError(f"{text!r} is no time that can be read")


def _german(text: str) -> datetime:
    return datetime.strptime(text.replace(",", " "), "%d.%m.%Y %H:%M")


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = " ".join(str(text).split())
    return f"'{text}" if text[:1] in tuple("=+-@|%") else text


def write_csv(path: Path, table: Iterable[Iterable], delimiter: str = ",") -> None:
    """Write a table; the byte order mark tells Excel that it is UTF-8."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    write_whole(path, "\ufeff" + out.getvalue())


def number(points: float | None) -> str:
    """Points without digits that say nothing; nothing for what is still to be graded."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def write_points(folder: Path, part: str, rows: list[Row], table: Table | None,
                 delimiter: str) -> list[Path]:
    """Write the table of all points, and one for each LMS; return the paths."""
    cells = list(rows[0].points) if rows else []
    head = ["student", "name", "status", "total", "of", "penalty"]
    names = [cell.removesuffix("-test") for cell in cells]
    body = [
        [safe(r.id), safe(r.name), safe(r.status), number(r.total), number(r.of),
         number(r.penalty), *(number(r.points[c]) for c in cells), safe("; ".join(r.notes))]
        for r in rows
    ]
    files = {f"{part}.csv": [[*head, *names, "notes"], *body]}
    files[f"{part}-moodle.csv"] = [
        ["Identifier", "Full name", "Grade", "Maximum Grade"],
        *([f"Participant {r.id}", safe(r.name), number(r.total), number(r.of)] for r in rows),
    ]
    files[f"{part}-ilias.csv"] = [
        ["update", "usr_id", "login", "lastname", "firstname", "status", "mark", "comment"],
        *(["1", r.id, "", safe(r.name), "", "", number(r.total), safe(r.status)] for r in rows),
    ]
    files[f"{part}-canvas.csv"] = [
        ["Student", "ID", "SIS Login ID", "Section", part],
        ["    Points Possible", "", "", "", number(rows[0].of if rows else 0)],
        *([safe(r.name), r.id, "", "", number(r.total)] for r in rows),
    ]
    if table is not None:
        files[f"{part}-lms.csv"] = _filled(table, part, {r.id: r for r in rows})
    for name, content in files.items():
        of_lms = name.endswith("-lms.csv")
        write_csv(folder / name, content, table.delimiter if of_lms else delimiter)
    return [folder / name for name in files]


def _filled(table: Table, part: str, rows: dict[str, Row]) -> list[list[str]]:
    """The LMS's own table with our points in it."""
    column = table.column(GRADES)
    new = column is None
    filled = [[*table.rows[0], part] if new else list(table.rows[0])]
    for row in table.rows[1:]:
        ours = rows.get(table.id(row))
        row = [*row, ""] if new else list(row)
        if ours is not None and (new or column < len(row)):
            row[-1 if new else column] = number(ours.total)
        filled.append(row)
    return filled
