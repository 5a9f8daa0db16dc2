"""Shared helpers of the course.

Data flows one way, and a module imports only from modules to its left:

    corpora -> text -> batches -> models -> training -> evaluation / decoding -> plots

Beside the flow stand `grammar` (the source of the embedded corpora and of their exact entropy),
`ngrams` (the models that need no gradient), and what every notebook uses: `runtime` (a quiet start,
seeds, profiles), `checks` (messages for exercises) and `results` (recorded figures).
"""
