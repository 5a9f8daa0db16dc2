"""Training loops for language models, with the perplexity on held-out text after each epoch."""

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd

from utils.batches import LMStreams, windows
from utils.evaluation import perplexity, recurrent_logprobs, window_logprobs
from utils.models import reset_states
from utils.runtime import progress


def optimizer(learning_rate: float, total_steps: int, clipnorm: float | None) -> keras.Optimizer:
    """Adam with the learning rate falling to zero along a cosine over `total_steps` updates.

    `clipnorm` bounds the norm of the whole gradient (Pascanu et al. 2013, Algorithm 1).
    """
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, total_steps)
    return keras.optimizers.Adam(schedule, global_clipnorm=clipnorm)


class _EachEpoch(keras.callbacks.Callback):
    """Zero state before an epoch, perplexity on the held-out stream after it, a bar meanwhile."""

    def __init__(self, valid_logprobs: Callable[[], np.ndarray], epochs: int, batches: int):
        super().__init__()
        self._valid_logprobs = valid_logprobs
        self._bar = progress(total=epochs * batches, desc="training", unit="batch")

    def on_epoch_begin(self, epoch, logs=None):
        reset_states(self.model)

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update()

    def on_epoch_end(self, epoch, logs=None):
        logs["valid"] = perplexity(self._valid_logprobs())
        self._bar.set_postfix_str(f"valid perplexity {logs['valid']:.1f}")

    def on_train_end(self, logs=None):
        self._bar.close()
        reset_states(self.model)


def _fit(model, data, batches, epochs, learning_rate, clipnorm, valid_logprobs) -> pd.DataFrame:
    model.compile(
        optimizer=optimizer(learning_rate, epochs * batches, clipnorm),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    callback = _EachEpoch(valid_logprobs, epochs, batches)
    history = model.fit(**data, epochs=epochs, verbose=0, callbacks=[callback]).history
    return pd.DataFrame({
        "epoch": range(1, epochs + 1),
        "train": np.exp(history["loss"]),      # mean over the epoch, while the weights change
        "valid": history["valid"],
    })


def train_recurrent_lm(model: keras.Model, train: np.ndarray, valid: np.ndarray, eos: int, *,
                       epochs: int, steps: int = 32, learning_rate: float = 3e-3,
                       clipnorm: float | None = 1.0) -> pd.DataFrame:
    """Train a model of `recurrent_lm` by truncated back-propagation through time.

    `train` and `valid` are streams of ids; `steps` is the length of a batch, and so how far the
    gradient reaches; the state is carried from batch to batch. Returns one row per epoch with the
    perplexity on the training text (running mean) and on `valid` (after the epoch).
    """
    streams = LMStreams(train, model.input_shape[0], steps, eos)
    return _fit(model, {"x": streams, "shuffle": False}, len(streams), epochs, learning_rate,
                clipnorm, lambda: recurrent_logprobs(model, valid, eos))


def train_window_lm(model: keras.Model, train: np.ndarray, valid: np.ndarray, eos: int, *,
                    epochs: int, batch_size: int = 256, learning_rate: float = 3e-3,
                    clipnorm: float | None = 1.0) -> pd.DataFrame:
    """Train a model of `window_lm` on all windows of `train`, in random order.

    Returns one row per epoch, as `train_recurrent_lm` does.
    """
    x, y = windows(train, model.input_shape[1], eos)
    return _fit(model, {"x": x, "y": y, "batch_size": batch_size}, -(-len(y) // batch_size),
                epochs, learning_rate, clipnorm, lambda: window_logprobs(model, valid, eos))
