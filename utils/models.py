"""The Keras models of the course. All language models give logits: one number per type."""

from collections.abc import Callable

import keras
from keras import layers, ops
from keras.backend import backend

from utils.layers import GRU, LSTM, SimpleRNN

if backend() == "tensorflow":
    import tensorflow as tf

CELLS = {"rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}


def word_embedding(vocab_size: int, width: int, name: str = "embedding") -> layers.Embedding:
    """Embedding for gated layers, ids (...) -> (..., width); rows start from N(0, 1), as in PyTorch.

    Keras starts between -0.05 and 0.05. The first states then hardly tell one word from another,
    and what reads them, a further layer or an attention, takes thousands of updates to begin.
    """
    return layers.Embedding(vocab_size, width, keras.initializers.RandomNormal(stddev=1.0),
                            name=name)


def window_lm(vocab_size: int, window: int, embedding: int = 64,
              hidden: int = 128) -> keras.Model:
    """Fixed-window neural language model (Bengio et al. 2003, without the direct connections).

    Ids of shape (batch, window) -> logits (batch, vocab_size): the embeddings of the last
    `window` tokens are concatenated, then tanh, then the output layer.
    """
    ids = keras.Input((window,), dtype="int32", name="ids")
    e = layers.Embedding(vocab_size, embedding, name="embedding")(ids)       # (batch, n, E)
    e = layers.Flatten(name="concatenation")(e)                              # (batch, n * E)
    h = layers.Dense(hidden, activation="tanh", name="hidden")(e)            # (batch, H)
    return keras.Model(ids, layers.Dense(vocab_size, name="logits")(h), name="window_lm")


class TiedEmbedding(layers.Embedding):
    """An embedding whose matrix E is the output matrix too (Press & Wolf 2017, Inan et al. 2017).

    Called with ids (...), it looks rows of E up: (..., k). Called with states (..., k) and
    `reverse=True`, it gives the logits (..., V): the states times E transposed, plus a bias.
    """

    def build(self, input_shape=None):
        super().build(input_shape)
        self.bias = self.add_weight(shape=(self.input_dim,), initializer="zeros", name="bias")

    def call(self, inputs, reverse: bool = False):
        if not reverse:
            return super().call(inputs)
        return ops.matmul(inputs, ops.transpose(self.embeddings)) + self.bias

    def compute_output_spec(self, inputs, reverse: bool = False):
        width = self.input_dim if reverse else self.output_dim
        shape = inputs.shape[:-1] if reverse else inputs.shape
        return keras.KerasTensor((*shape, width), dtype=self.compute_dtype)


def recurrent_lm(cell: str, vocab_size: int, embedding: int = 64, units: int = 128,
                 batch_size: int = 32, n_layers: int = 1, dropout: float = 0.0,
                 tied: bool = False) -> keras.Model:
    """Recurrent language model that carries its state from batch to batch.

    Ids of shape (batch_size, steps), any number of steps -> logits (batch_size, steps, vocab_size).
    `cell` is `rnn` (tanh), `gru` or `lstm`. Dropout acts between layers, not on the recurrence
    (Zaremba et al. 2014). `tied`: the output layer uses the embedding matrix, see `TiedEmbedding`.
    The state is a part of the model: `reset_states` sets it to zero, `with_batch_size` makes a
    copy for another number of rows.
    """
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}; it must be one of {', '.join(CELLS)}")
    if tied and embedding != units:
        raise ValueError(f"embedding is {embedding} and units is {units}; tied weights need the "
                         "same number, because one matrix serves both ends")
    ids = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="ids")
    if tied:    # N(0, 1) would make wild logits at the other end
        embed = TiedEmbedding(vocab_size, embedding, keras.initializers.RandomNormal(stddev=0.3),
                              name="embedding")
    elif cell == "rnn":     # nor does it suit a tanh, which it drives to its flat ends
        embed = layers.Embedding(vocab_size, embedding, name="embedding")
    else:
        embed = word_embedding(vocab_size, embedding)
    x = embed(ids)                                                           # (B, T, E)
    for k in range(n_layers):
        if dropout:
            x = layers.Dropout(dropout)(x)
        x = CELLS[cell](units, return_sequences=True, stateful=True,
                        name=f"{cell}_{k + 1}")(x)                           # (B, T, H)
    if dropout:
        x = layers.Dropout(dropout)(x)
    if tied:
        logits = embed(x, reverse=True)                                      # (B, T, V)
    else:
        logits = layers.Dense(vocab_size, name="logits")(x)
    return keras.Model(ids, logits, name=f"{cell}_lm")


def reset_states(model: keras.Model) -> None:
    """Set the carried state of every recurrent layer of `model` to zero."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def with_batch_size(model: keras.Model, batch_size: int) -> keras.Model:
    """A copy of a recurrent language model for `batch_size` rows: same weights, zero state."""
    ids = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="ids")
    copy = keras.models.clone_model(model, input_tensors=ids)
    for ours, theirs in zip(copy.trainable_variables, model.trainable_variables, strict=True):
        ours.assign(theirs)
    return copy


def compiled(model: keras.Model) -> Callable:
    """`model` as a function of its inputs, for batches of any size; weights may change later.

    With TensorFlow its graph is made once, also for lengths that come later; `model.predict` makes
    one for each, and can't put outputs of different widths together.
    """
    def forward(*inputs):
        return model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)

    if backend() == "tensorflow":
        if not hasattr(model, "_course_compiled"):
            signature = [tf.TensorSpec(x.shape, x.dtype) for x in model.inputs]
            object.__setattr__(model, "_course_compiled",      # not a sublayer
                               tf.function(forward, input_signature=signature))
        forward = model._course_compiled
    return lambda *inputs: forward(*(ops.cast(x, i.dtype)
                                     for x, i in zip(inputs, model.inputs, strict=True)))
