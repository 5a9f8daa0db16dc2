import json

import nbformat
import pytest

from utils import readme


def test_the_readme_shows_the_recorded_figures():
    assert readme.main(["--check"]) == 0, "run `make readme`"


def test_a_row_comes_from_the_first_cell_and_the_newest_run_of_seed_1(tmp_path):
    cell = nbformat.v4.new_markdown_cell(
        "# 7. A title\n\n**Question.** Why |\nthis?\n\n**Slides:** section | 3. **Time:** 1 minute")
    (tmp_path / "solutions").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "solutions" / "07_a.ipynb")
    runs = tmp_path / "runs.jsonl"
    runs.write_text("".join(json.dumps(
        {"lecture": "07", "profile": "mini", "seconds": 30, "name": "loss", "value": v,
         "unit": "nats", "seed": seed}) + "\n" for v, seed in ((1.0, 1), (2.0, 1), (3.0, 2))))
    row = readme.lectures(tmp_path / "solutions", runs).splitlines()[-1]
    assert row == "| [7. A title](lectures/07_a.ipynb) | Why \\| this? | 0.5 / – | loss: 2 nats | – |"


def test_long_runs_are_put_together_over_their_seeds(tmp_path):
    runs = tmp_path / "runs.jsonl"
    runs.write_text("".join(json.dumps(
        {"lecture": "08", "profile": profile, "seconds": 60 * v, "name": "perplexity", "value": v,
         "unit": "", "seed": seed})
        + "\n" for profile, v, seed in [("full", 9, 1), ("full", 5, 1), ("full", 8, 2), ("full", 20, 3),
                                        ("mini", 1, 1), ("full units=64", 7, 1)]))
    assert readme.long_runs(runs).splitlines()[2:] == [
        "| 8 | `full` | perplexity | 11  | 5 to 20 | 3 | 8 |",
        "| 8 | `full units=64` | perplexity | 7  | 7 to 7 | 1 | 7 |"]


def test_a_missing_marker_or_question_is_named(tmp_path):
    with pytest.raises(ValueError, match="lacks the markers"):
        readme.updated("# no table", "lectures", "| |")
    path = tmp_path / "01_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A")]), path)
    with pytest.raises(ValueError, match="no \\*\\*Question"):
        readme.about(path)
