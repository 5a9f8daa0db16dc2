"""Training loops for language models, with the perplexity on held-out text after each epoch."""

import keras
import numpy as np
import pandas as pd

from utils.batches import LMStreams, PairBatches, ShuffledLines, windows
from utils.checkpoints import fit
from utils.losses import FusedOutput, cross_entropy
from utils.models import reset_states
from utils.optimizers import Adam
from utils.runtime import progress


def optimizer(learning_rate: float, total_steps: int, clipnorm: float | None) -> keras.Optimizer:
    """Adam with the learning rate falling to zero along a cosine over `total_steps` updates.

    `clipnorm` bounds the norm of the whole gradient (Pascanu et al. 2013, Algorithm 1).
    """
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, total_steps)
    return Adam(schedule, global_clipnorm=clipnorm)


def steps_at_once(updates: int) -> int:
    """How many updates of a training Keras is to do before it goes back to Python.

    For `compile(steps_per_execution=...)`. Each return takes about a millisecond, a tenth of the
    update of a small network; but the graph of several steps takes longer to build, so a short
    training does one at a time.
    """
    return 8 if updates >= 2_000 else 1


class _ZeroStateAndBar(keras.callbacks.Callback):
    """Each pass over a text starts from the zero state; a bar moves meanwhile."""

    def __init__(self, total: int):
        super().__init__()
        self._bar = progress(total=total, desc="training", unit="batch")

    def on_epoch_begin(self, epoch, logs=None):
        reset_states(self.model)

    def on_test_begin(self, logs=None):
        reset_states(self.model)

    def on_train_batch_begin(self, batch, logs=None):
        self._first = batch

    def on_train_batch_end(self, batch, logs=None):
        # the last of several at once, which may lie behind the end of the epoch
        self._bar.update(min(batch + 1, self.params["steps"]) - self._first)

    def on_train_end(self, logs=None):
        self._bar.close()
        reset_states(self.model)


def _fit(model: keras.Model, batches: int, epochs: int, learning_rate: float,
         clipnorm: float | None, **data) -> dict[str, list[float]]:
    updates = epochs * batches
    model.compile(optimizer=optimizer(learning_rate, updates, clipnorm), loss=cross_entropy,
                  steps_per_execution=steps_at_once(updates))
    callback = _ZeroStateAndBar(updates)
    return fit(model, **data, epochs=epochs, callbacks=[callback])


def _perplexities(train_loss, valid_loss) -> pd.DataFrame:
    return pd.DataFrame({
        "epoch": range(1, len(train_loss) + 1),
        "train": np.exp(train_loss),           # over the epoch, while the weights change
        "valid": np.exp(valid_loss),           # after the epoch
    })


def train_recurrent_lm(model: keras.Model, train: np.ndarray, valid: np.ndarray, eos: int, *,
                       epochs: int, steps: int = 32, learning_rate: float = 3e-3,
                       clipnorm: float | None = 1.0,
                       shuffle_seed: int | None = None) -> pd.DataFrame:
    """Train a model of `recurrent_lm` by truncated back-propagation through time.

    `train` and `valid` are streams of ids; `steps` is the length of a batch, and so how far the
    gradient reaches; the state is carried from batch to batch. With a `shuffle_seed` the
    lines come in another order in each epoch (see `ShuffledLines`). Returns one row per epoch with
    the perplexity per token on the training text (running) and on `valid` (after the epoch).
    """
    rows = model.input_shape[0]
    streams, held_out = (LMStreams(s, rows, steps, eos) for s in (train, valid))
    if shuffle_seed is None:
        x, y, weight = streams.arrays()
        data = dict(x=x, y=y, sample_weight=weight, batch_size=rows)
    else:
        data = dict(x=ShuffledLines(train, rows, steps, eos, shuffle_seed))
    history = _fit(model, len(streams), epochs, learning_rate, clipnorm, **data, shuffle=False,
                   validation_data=held_out.arrays(), validation_batch_size=rows)
    # Keras divides the summed loss by all positions, padding included; we want it per token.
    train_loss, valid_loss = (
        np.array(history[key]) * (len(s) * rows * steps / s.n_tokens)
        for key, s in (("loss", streams), ("val_loss", held_out)))
    return _perplexities(train_loss, valid_loss)


def train_window_lm(model: keras.Model, train: np.ndarray, valid: np.ndarray, eos: int, *,
                    epochs: int, batch_size: int = 256, learning_rate: float = 3e-3,
                    clipnorm: float | None = 1.0) -> pd.DataFrame:
    """Train a model of `window_lm` on all windows of `train`, in random order.

    Returns one row per epoch, as `train_recurrent_lm` does.
    """
    n = model.input_shape[1]
    x, y = windows(train, n, eos)
    history = _fit(model, -(-len(y) // batch_size), epochs, learning_rate, clipnorm,
                   x=x, y=y, batch_size=batch_size, validation_data=windows(valid, n, eos))
    return _perplexities(history["loss"], history["val_loss"])


def train_seq2seq(model: keras.Model, train: PairBatches, valid: PairBatches, *, epochs: int,
                  learning_rate: float = 3e-3, clipnorm: float | None = 1.0) -> pd.DataFrame:
    """Train the `model` of an encoder-decoder with teacher forcing.

    Returns one row per epoch with the perplexity per target token, `<eos>` counted, given the true
    tokens before it: on the training pairs (running), and on `valid` (after the epoch).
    """
    updates = epochs * len(train)
    rate, at_once = optimizer(learning_rate, updates, clipnorm), steps_at_once(updates)
    if keras.backend.backend() == "tensorflow":
        trained = FusedOutput(model)
        trained.compile(optimizer=rate, steps_per_execution=at_once)
    else:
        trained = model
        trained.compile(
            optimizer=rate, steps_per_execution=at_once,
            loss=keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"),
            weighted_metrics=[keras.metrics.SparseCategoricalCrossentropy(
                name="per_token", from_logits=True)])
    callback = _ZeroStateAndBar(updates)
    history = fit(trained, x=train, epochs=epochs, validation_data=valid, callbacks=[callback])
    return _perplexities(history["per_token"], history["val_per_token"])
