"""Encoder-decoder networks: one sequence in, another one out, of another length.

`encoder_decoder` reads words; `with_decoder` puts the same decoder behind any other encoder.

The id 0 is `<eos>`. It ends each target, stands in front of it as the decoder's first input, and
pads whatever is shorter than its batch; a source is padded, but carries no `<eos>` of its own.
"""

from dataclasses import dataclass

import keras
from keras import layers, ops

from utils.layers import LSTM, Bidirectional
from utils.models import word_embedding

ATTENTION = {"luong": layers.Attention, "bahdanau": layers.AdditiveAttention}


@dataclass(frozen=True)
class Seq2Seq:
    """One network seen in three ways; all three share their layers, hence their weights.

    - `model`, for training, with S ids of the source and T true ids before each target:
      (B, S), (B, T) -> logits (B, T, V).
    - `encoder`, once for each source: (B, S) -> memory (B, S, units), then the states that the
      decoder starts from, each (B, units): h and c of each layer.
    - `step`, again and again, with K hypotheses for each source: last ids (B, K), source (B, S),
      memory (B, S, units), states (B, K, units) -> logits (B, K, V), weights (B, K, S), states.
      `weights` say where the attention looks; without attention they are 0.

    For an encoder of pictures or sound, `source` has its shape, and S counts the memory's rows.
    """

    model: keras.Model
    encoder: keras.Model
    step: keras.Model


@keras.saving.register_keras_serializable("course")
class _ByHypothesis(layers.Layer):
    """Rows (B K, ..., n) as (B, K, n), for K of ids (B, K)."""

    def call(self, rows, ids):
        return ops.reshape(rows, (-1, ops.shape(ids)[1], rows.shape[-1]))

    def compute_output_spec(self, rows, ids):
        return keras.KerasTensor((*ids.shape, rows.shape[-1]), dtype=rows.dtype)


def encoder_decoder(source_vocab: int, target_vocab: int, embedding: int = 128, units: int = 256,
                    n_layers: int = 1, two_ways: bool = False, attention: str | None = None,
                    dropout: float = 0.0) -> Seq2Seq:
    """LSTM encoder and decoder (Sutskever et al. 2014), with or without attention.

    The decoder starts from the encoder's last states. `two_ways`: the encoder reads in both
    directions, with `units // 2` each (Bahdanau et al. 2015, section 3.2). For `attention` see
    `with_decoder`. Dropout acts between layers, not on the recurrence.
    """
    if two_ways and units % 2:
        raise ValueError(f"units is {units}; an even number is needed for two directions")
    drop = layers.Dropout(dropout)
    source = keras.Input((None,), dtype="int32", name="source")
    mask = ops.not_equal(source, 0)                                          # (B, S)
    x = drop(word_embedding(source_vocab, embedding, "source_embedding")(source))
    states = []
    for k in range(n_layers):
        if two_ways:
            reader = Bidirectional(LSTM(units // 2, return_sequences=True, return_state=True),
                                   name=f"encoder_{k + 1}")
            x, h_right, c_right, h_left, c_left = reader(x, mask=mask)
            states += [layers.Concatenate()([h_right, h_left]),
                       layers.Concatenate()([c_right, c_left])]
        else:
            x, *last = LSTM(units, return_sequences=True, return_state=True,
                            name=f"encoder_{k + 1}")(x, mask=mask)
            states += last
        x = drop(x)
    return with_decoder(source, x, states, target_vocab, embedding, attention, mask, drop)


def with_decoder(source: keras.KerasTensor, memory: keras.KerasTensor,
                 states: list[keras.KerasTensor], target_vocab: int, embedding: int = 128,
                 attention: str | None = None, mask: keras.KerasTensor | None = None,
                 drop: layers.Layer | None = None) -> Seq2Seq:
    """An LSTM decoder behind any encoder: of words, of a picture, of sound.

    The encoder has made from its input `source` (B, ...) a `memory` (B, S, units) and `states`, h
    and c of each of the decoder's layers, each (B, units). `mask` (B, S) is false where the memory
    is padding; without one, all of it counts. `attention`: `luong` (Luong et al. 2015, score
    `general`) or `bahdanau` (additive score), both with the state after the step as query; the
    output layer then reads tanh(W [state; context]), Luong's equation 5. `drop` stands between the
    layers. Raises ValueError for another attention, and for states that don't fit.
    """
    if attention is not None and attention not in ATTENTION:
        raise ValueError(f"attention is {attention!r}; it must be None, {' or '.join(ATTENTION)}")
    units, n_layers = memory.shape[-1], len(states) // 2
    if not states or len(states) % 2 or any(tuple(s.shape[1:]) != (units,) for s in states):
        raise ValueError(f"states have the shapes {[s.shape for s in states]}; expected h and c of "
                         f"each layer, (B, {units}) as the memory is {units} wide")
    drop = drop or layers.Dropout(0.0)

    embed = word_embedding(target_vocab, embedding, "target_embedding")
    cells = [LSTM(units, return_sequences=True, return_state=True, name=f"decoder_{k + 1}")
             for k in range(n_layers)]
    if attention:
        keys = layers.Dense(units, use_bias=False, name="keys")
        query = layers.Dense(units, name="query") if attention == "bahdanau" else None
        attend = ATTENTION[attention](name="attention")
        mix = layers.Dense(units, activation="tanh", name="mix")
    output = layers.Dense(target_vocab, name="logits")

    def run(x, states):
        """Target embeddings (B, T, E) through the cells -> (B, T, units), new states."""
        new = []
        for k, cell in enumerate(cells):
            x, *last = cell(drop(x), initial_state=states[2 * k:2 * k + 2])
            new += last
        return x, new

    def look(h, memory):
        """States (B, T, units) -> what the output layer reads (B, T, units), weights (B, T, S)."""
        if not attention:
            return h, ops.zeros_like(ops.matmul(h, ops.transpose(memory, (0, 2, 1))))
        q = query(h) if query else h
        context, weights = attend([q, memory, keys(memory)], mask=[None, mask],
                                  return_attention_scores=True)
        return mix(layers.Concatenate()([h, context])), weights

    before = keras.Input((None,), dtype="int32", name="before")
    h, _ = run(embed(before), states)
    h, _ = look(h, memory)
    model = keras.Model([source, before], output(drop(h)), name="encoder_decoder")

    ids = keras.Input((None,), dtype="int32", name="ids")                    # (B, K)
    read = keras.Input((None, units), name="memory")
    given = [keras.Input((None, units), name=f"state_{k}") for k in range(2 * n_layers)]
    # Each hypothesis is a row of its own for the cells, and a query of its source for the attention.
    h, new = run(ops.reshape(embed(ids), (-1, 1, embedding)),
                 [ops.reshape(s, (-1, units)) for s in given])
    h, *new = (_ByHypothesis()(s, ids) for s in (h, *new))
    h, weights = look(h, read)
    step = keras.Model([ids, source, read, *given], [output(h), weights, *new], name="step")
    return Seq2Seq(model, keras.Model(source, [memory, *states], name="encoder"), step)
