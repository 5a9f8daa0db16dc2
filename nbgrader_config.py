"""nbgrader settings: solutions/ is the source of every notebook, lectures/ its release."""

from pathlib import Path

from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    LockCells,
    SaveCells,
)

from utils.grading.preprocessors import KeepGivenOutputs, StubSolutions, TagExpectedErrors

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "rnn-course"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "lectures"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"

# `make grade`; all settings with their defaults are in utils/grading/config.py. For example:
# c.Grading.deadlines = {"1-rnns": "2026-12-01 23:59"}
# c.PercentPerDay.percent = 10  # what a late submission loses for each day begun

# The gradebook (SaveCells) needs the hidden tests and the checksums with them, students neither.
c.GenerateAssignment.preprocessors = [
    LockCells,
    StubSolutions,
    KeepGivenOutputs,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    TagExpectedErrors,
]
