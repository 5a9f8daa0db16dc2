"""The benchmark's networks in Keras, with Keras' layers and loss or with the course's."""

import time

import keras
import tensorflow as tf
from keras import layers

from utils.benchmark.tasks import Batch, Task, batches
from utils.layers import LSTM, Bidirectional
from utils.losses import FusedOutput
from utils.optimizers import Adam
from utils.training import steps_at_once


def network(task: Task, course: bool) -> keras.Model:
    """Logits for each target token; `course` says whose recurrent layers are used."""
    lstm, both_ways = (LSTM, Bidirectional) if course else (layers.LSTM, layers.Bidirectional)
    ids = keras.Input((None,), dtype="int32")
    padded = task.kind != "lm"
    x = layers.Embedding(task.vocab, task.embedding, mask_zero=padded)(ids)
    if task.kind == "lm":
        for _ in range(task.layers):
            x = lstm(task.units, return_sequences=True)(x)
        return keras.Model(ids, layers.Dense(task.vocab)(x))
    if task.kind == "tagger":
        x = both_ways(lstm(task.units, return_sequences=True))(x)
        return keras.Model(ids, layers.Dense(task.tags)(x))
    before = keras.Input((None,), dtype="int32")
    source, *states = lstm(task.units, return_sequences=True, return_state=True)(x)
    y = layers.Embedding(task.vocab, task.embedding)(before)
    y = lstm(task.units, return_sequences=True)(y, initial_state=states)
    context = layers.Attention()([y, source])                 # Luong et al. 2015, dot
    y = layers.Dense(task.units, activation="tanh")(layers.Concatenate()([y, context]))
    return keras.Model([ids, before], layers.Dense(task.vocab)(y))


def _dataset(parts: list[Batch]) -> tf.data.Dataset:
    """Inputs, targets and weights, in memory as tensors: the race is not one of Python's loops."""
    return tf.data.experimental.from_list([
        (b.inputs if len(b.inputs) > 1 else b.inputs[0], b.targets, b.weight) for b in parts
    ]).prefetch(2)


class _Clock(keras.callbacks.Callback):
    """Seconds from the first batch to the last, without what `fit` does once before them."""

    def _begin(self, batch, logs=None):
        if batch == 0:
            self._began = time.perf_counter()

    def _end(self, batch, logs=None):
        self.seconds = time.perf_counter() - self._began

    on_train_batch_begin = on_test_batch_begin = _begin
    on_train_batch_end = on_test_batch_end = _end


class Runner:
    """Trains and evaluates with `fit` and `evaluate`; `course` says whose layers are used.

    Both give the mean loss per batch and the seconds from the first batch to the last. `bfloat16`:
    products and recurrences in half the bits, weights and loss in float32.
    """

    def __init__(self, task: Task, n: int, course: bool, bfloat16: bool = False):
        keras.utils.set_random_seed(0)
        keras.mixed_precision.set_global_policy("mixed_bfloat16" if bfloat16 else "float32")
        self.batches = batches(task, n)
        model = network(task, course)
        if course:
            self.model = FusedOutput(model)
            self.model.compile(Adam(1e-3, global_clipnorm=5.0),
                               steps_per_execution=steps_at_once(10_000))      # of a long run
            self.model.optimizer.build(self.model.trainable_variables)     # as `checkpoints.fit`
        else:
            self.model = model
            self.model.compile(
                keras.optimizers.Adam(1e-3, global_clipnorm=5.0),
                keras.losses.SparseCategoricalCrossentropy(
                    from_logits=True, reduction="mean_with_sample_weight"))

    def train(self, parts: list[Batch]) -> tuple[float, float]:
        clock = _Clock()
        history = self.model.fit(_dataset(parts), shuffle=False, verbose=0, callbacks=[clock])
        return history.history["loss"][-1], clock.seconds

    def evaluate(self, parts: list[Batch]) -> tuple[float, float]:
        clock = _Clock()
        found = self.model.evaluate(_dataset(parts), verbose=0, callbacks=[clock], return_dict=True)
        return found["loss"], clock.seconds
