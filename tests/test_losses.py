"""The losses and the optimiser made for speed give the figures of Keras'."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.runtime import start

start(seed=1)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from utils.losses import cross_entropy, linear_cross_entropy  # noqa: E402
from utils.optimizers import Adam  # noqa: E402


def gradients(loss, *inputs):
    inputs = [tf.constant(x) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(*inputs)
    return np.asarray(value), [np.asarray(g) for g in tape.gradient(value, inputs)]


def keras_loss(targets, logits):
    return keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(batch=st.integers(1, 4), steps=st.integers(1, 5), types=st.integers(2, 9),
       scale=st.sampled_from([0.1, 1.0, 30.0, 300.0]), seed=st.integers(0, 99))
def test_cross_entropy_and_its_gradient_are_those_of_keras(batch, steps, types, scale, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, scale, (batch, steps, types)).astype("float32")
    targets = rng.integers(0, types, (batch, steps))
    weight = rng.random((batch, steps)).astype("float32")

    def total(function):
        return lambda logits: tf.reduce_sum(weight * function(targets, logits))

    value, (gradient,) = gradients(total(cross_entropy), logits)
    want, (want_gradient,) = gradients(total(keras_loss), logits)
    np.testing.assert_allclose(value, want, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, want_gradient, atol=1e-6)


def test_a_probability_that_float32_cannot_hold_still_has_its_loss():
    value, (gradient,) = gradients(lambda x: cross_entropy([[1]], x),
                                   np.array([[[500.0, 0.0, 499.0]]], "float32"))
    assert value[0, 0] == pytest.approx(500 + np.log1p(np.exp(-1)), rel=1e-6)
    np.testing.assert_allclose(gradient[0, 0], [0.7310586, -1, 0.2689414], atol=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(rows=st.integers(1, 8), width=st.integers(1, 4), types=st.integers(2, 7),
       masked=st.booleans(), seed=st.integers(0, 99))
def test_the_output_layer_with_its_loss(rows, width, types, masked, seed):
    rng = np.random.default_rng(seed)
    states, kernel, bias = (rng.normal(size=s).astype("float32")
                            for s in ((rows, width), (width, types), (types,)))
    targets = rng.integers(0, types, rows).astype("int32")
    mask = rng.random(rows) < 0.5 if masked else np.ones(rows, bool)

    def plain(states, kernel, bias):
        return 3 * tf.reduce_sum(mask * keras_loss(targets, tf.matmul(states, kernel) + bias))

    def ours(states, kernel, bias):
        return 3 * linear_cross_entropy(states, kernel, bias, targets, mask if masked else None)

    value, got = gradients(ours, states, kernel, bias)
    want, wanted = gradients(plain, states, kernel, bias)
    np.testing.assert_allclose(value, want, rtol=1e-5, atol=1e-6)
    for a, b in zip(got, wanted):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("arguments", [
    {"learning_rate": 1e-3}, {"learning_rate": 1e-3, "amsgrad": True},
    {"learning_rate": keras.optimizers.schedules.CosineDecay(1e-3, 20), "global_clipnorm": 0.1},
    {"learning_rate": 1e-3, "global_clipnorm": 6.0}])     # about half of the twenty are clipped
def test_twenty_updates_of_adam_are_those_of_keras(arguments):
    results = []
    for optimizer in (keras.optimizers.Adam(**arguments), Adam(**arguments)):
        rng = np.random.default_rng(0)
        weights = [keras.Variable(rng.normal(0, 0.1, shape), dtype="float32")
                   for shape in ((6, 3), (9, 4))]
        for _ in range(20):
            rows = rng.permutation(9)[:5]           # the gradient of an embedding has few rows
            sparse = tf.IndexedSlices(rng.normal(size=(5, 4)).astype("float32"), rows, (9, 4))
            optimizer.apply([tf.constant(rng.normal(size=(6, 3)), "float32"), sparse], weights)
        results.append([np.asarray(w) for w in weights])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("limit", [1.0, 100.0])
def test_rows_used_several_times_are_clipped_as_in_keras(limit):
    gradient = tf.IndexedSlices(tf.constant([[3.0], [4.0], [1.0]]), [0, 0, 2], (3, 1))
    weights = []
    for optimizer in (keras.optimizers.Adam(0.1, epsilon=1.0, global_clipnorm=limit),
                      Adam(0.1, epsilon=1.0, global_clipnorm=limit)):
        weights.append(keras.Variable(np.zeros((3, 1), "float32")))
        optimizer.apply([gradient], [weights[-1]])
    np.testing.assert_allclose(*map(np.asarray, weights), rtol=1e-4)
    assert np.asarray(weights[0])[0] < 0


def test_a_gradient_that_is_not_finite_spoils_all_weights_as_in_keras():
    for optimizer in (keras.optimizers.Adam(global_clipnorm=1.0), Adam(global_clipnorm=1.0)):
        weights = [keras.Variable(np.zeros(2, "float32")) for _ in range(2)]
        optimizer.apply([tf.constant([np.inf, 1.0]), tf.constant([1.0, 1.0])], weights)
        assert all(np.isnan(np.asarray(w)).all() for w in weights)


def test_the_optimiser_is_saved_with_its_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(Adam(0.02), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer, Adam) and int(again.optimizer.iterations) == 1
