"""A page for each student and notebook: points, what was wrong, and what the cells printed.

All text on it is escaped, what came from the student included: no markup of a submission gets
through, and a policy in the page forbids scripts on top. Of pictures, PNG alone is shown. Hidden
checks are not on it: it is made from the released lecture's test cells and the verdicts' messages.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from utils.grading.cells import exercise_of
from utils.grading.gradebook import Row

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: .6em }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid #999; padding: .2em .6em;
 text-align: left; vertical-align: top }} .failed {{ background: #fde0dd }}
.passed {{ background: #e0f3db }} img {{ max-width: 100% }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def page(title: str, result: dict[str, Any], row: Row, comments: dict[str, str]) -> str:
    """The feedback on one notebook as HTML; ``comments`` by exercise are those of the grader."""
    table = "".join(_verdict(v, row.points.get(v["exercise"]), comments.get(v["exercise"], ""))
                    for v in result["verdicts"])
    penalty = f"<p>Penalty for a late submission: {row.penalty:g} points (of all notebooks).</p>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in result["notes"])
    body = (
        f"<p>Status: {escape(result['status'])}</p>"
        f"<table><tr><th>exercise</th><th>points</th><th>verdict</th></tr>{table}</table>"
        f"{penalty if row.penalty else ''}{f'<ul>{notes}</ul>' if notes else ''}"
        f"<h2>Your notebook, as it ran</h2>{''.join(map(_cell, result['cells']))}"
    )
    return _PAGE.format(title=escape(title), body=body)


def _verdict(verdict: dict[str, Any], points: float | None, comment: str) -> str:
    given = "to be graded" if points is None else f"{points:g} of {verdict['of']:g}"
    said = "".join(f"<pre>{escape(_text(text))}</pre>" for text in (verdict["message"], comment)
                   if text)
    kind = "passed" if points == verdict["of"] else "failed"
    return (f"<tr class='{kind}'><td>{escape(exercise_of(verdict['exercise']))}</td>"
            f"<td>{given}</td><td>{escape(verdict['status'])}{said}</td></tr>")


def _cell(cell: dict[str, Any]) -> str:
    outputs = "".join(map(_output, cell.get("outputs", [])))
    return f"<pre>{escape(_text(cell['source']))}</pre>{outputs}"


def _output(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"<pre>{escape(_text(output['text']))}</pre>"
    if output["output_type"] == "error":
        said = _text(f"{output['ename']}: {output['evalue']}")
        return f"<pre class='failed'>{escape(said)}</pre>"
    if picture := output["data"].get("image/png"):
        source = escape(picture, quote=True)
        return f"<img alt='a figure of your notebook' src='data:image/png;base64,{source}'>"
    return f"<pre>{escape(_text(output['data'].get('text/plain', '')))}</pre>"


def _text(text: str) -> str:
    """Text without the colours of a terminal, and without half characters that UTF-8 lacks."""
    return _ANSI.sub("", text).encode("utf-8", "replace").decode()
