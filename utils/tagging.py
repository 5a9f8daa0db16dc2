"""For taggers: words read by their letters, outputs of padded batches, a sentence in colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import keras
import numpy as np
from IPython.display import HTML
from keras import layers, ops
from keras.backend import backend

from utils.batches import PaddedBatches
from utils.layers import LSTM, Bidirectional
from utils.models import compiled

if backend() == "tensorflow":
    import tensorflow as tf


@keras.saving.register_keras_serializable("course")
class Spelling(layers.Layer):
    """Letters of each word, ids (B, T, C) with 0 behind -> a vector for each word (B, T, 2 units).

    An embedding of the letters, then an LSTM in both directions, of which the last states are the
    output (Ling et al. 2015). With TensorFlow each distinct word of a batch is read once, however
    often it stands there, and no further than its longest word; the outputs are the same.
    """

    def __init__(self, n_letters: int, embedding: int, units: int, **kwargs):
        super().__init__(**kwargs)
        self.n_letters, self.embedding, self.units = n_letters, embedding, units
        self.letters = layers.Embedding(n_letters, embedding)
        self.reader = Bidirectional(LSTM(units))

    def build(self, input_shape):
        self.letters.build((None, input_shape[-1]))
        self.reader.build((None, input_shape[-1], self.embedding))
        self.built = True

    def read(self, letters):
        """Letters of single words (n, C) -> (n, 2 units)."""
        return self.reader(self.letters(letters), mask=ops.not_equal(letters, 0))

    def call(self, letters):
        shape = ops.shape(letters)
        words = ops.reshape(letters, (-1, shape[-1]))                        # (B T, C)
        if backend() == "tensorflow":
            types, which = tf.raw_ops.UniqueV2(x=words, axis=[0])            # (U, C), (B T,)
            longest = tf.reduce_max(tf.math.count_nonzero(types, axis=1))
            vectors = tf.gather(self.read(types[:, :tf.maximum(longest, 1)]), which)
        else:
            vectors = self.read(words)
        return ops.reshape(vectors, (-1, shape[1], 2 * self.units))

    def compute_output_spec(self, letters):
        return keras.KerasTensor((*letters.shape[:2], 2 * self.units), dtype=self.compute_dtype)

    def get_config(self) -> dict:
        return super().get_config() | {"n_letters": self.n_letters, "embedding": self.embedding,
                                       "units": self.units}


def outputs(model: keras.Model, batches: PaddedBatches) -> list[np.ndarray]:
    """What `model` gives for each sequence, (length, ...), in the given order, without padding.

    `model.predict` can't: it puts the batches into one array, so all must be equally wide.
    """
    forward = compiled(model)
    found = []
    for k in range(len(batches)):
        x = batches[k][0]
        x = x if isinstance(x, tuple) else (x,)
        found.append(ops.convert_to_numpy(forward(*x)))
    return batches.in_order(found)


# Tints of Okabe and Ito's colours for groups of tags; the tag itself stands below the word, so the
# colour is not the only sign.
_TINTS = {"#bfdff5": "NOUN PROPN PRON NUM", "#f9cfae": "VERB AUX", "#c9ecdd": "ADJ ADV DET",
          "#f3d9e6": "ADP CCONJ SCONJ PART", "#e8e8e8": "INTJ PUNCT SYM X"}
_TINT = {tag: tint for tint, tags in _TINTS.items() for tag in tags.split()}


def coloured(rows: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> HTML:
    """Tagged sentences below each other: rows of (title, words, tags)."""
    lines = []
    for title, words, tags in rows:
        cells = "".join(
            f'<span style="display:inline-block; background:{_TINT.get(tag, "#fff")}; color:#000; '
            f'padding:2px 6px; margin:1px; text-align:center">{escape(word)}<br>'
            f'<small>{escape(tag)}</small></span>'
            for word, tag in zip(words, tags, strict=True))
        lines.append(f'<div style="margin:4px 0"><small>{escape(title)}</small><br>{cells}</div>')
    return HTML("".join(lines))
