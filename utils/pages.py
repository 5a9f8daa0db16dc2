"""A notebook as one HTML file that needs no network: no scripts, equations as MathML."""

import re

from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

# nbconvert's page loads four scripts from the network and leaves out the alt text of figures.
_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output"><img
 alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html_keep_quotes }}"
 src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}"></div>
{%- endblock -%}
"""
_ALIGNED = re.compile(r"(\\(?:begin|end)\{)aligned\}")


def mathml(latex: str, display: str) -> str:
    """Return LaTeX as MathML; ``display`` is "inline" or "block"."""
    # the converter knows align*, which differs from aligned only outside of an equation
    return convert(_ALIGNED.sub(r"\1align*}", latex.strip()), display=display)


class _Renderer(IPythonRenderer):
    def inline_math(self, body: str) -> str:
        return mathml(body, "inline")

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def markdown(source: str) -> str:
    """Return a Markdown cell as HTML, its equations as MathML.

    A LaTeX command that is not known stays in the equation, with its backslash.
    """
    return MarkdownWithMath(renderer=_Renderer(escape=False, exclude_anchor_links=True)).render(
        source
    )


def page(nb: NotebookNode, title: str) -> str:
    """Return the notebook, outputs included, as one HTML page named ``title``."""
    exporter = HTMLExporter(raw_template=_TEMPLATE)
    exporter.register_filter("markdown2html", markdown)
    html, _ = exporter.from_notebook_node(nb, resources={"metadata": {"name": title}})
    return html
