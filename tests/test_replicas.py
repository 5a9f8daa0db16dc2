"""Networks side by side: equal to Keras, and independent of each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.checks import largest_difference
from utils.replicas import GATES, Replicas, cross_entropy, squared_error

LAYERS = {"RNN": keras.layers.SimpleRNN, "GRU": keras.layers.GRU, "LSTM": keras.layers.LSTM}
S, T, B, K, D, OUT = 2, 7, 3, 4, 5, 6


def problem(rng):
    x = rng.normal(size=(S, T, B, K)).astype("float32")
    targets = rng.integers(OUT, size=(S, T, B))
    weight = rng.uniform(size=(S, T, B)).astype("float32")
    return x, targets, weight / weight.sum(axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("cell", GATES)
def test_outputs_and_gradients_equal_keras(cell):
    rng = np.random.default_rng(1)
    x, targets, weight = problem(rng)
    net = Replicas(cell, S, K, D, OUT)
    for w in net.weights:
        w += rng.normal(0, 0.3, w.shape).astype("float32")
    losses, grads, dh = net.gradients(x, targets, weight)
    for s in range(S):
        layer, dense = LAYERS[cell](D, return_sequences=True), keras.layers.Dense(OUT)
        rows = tf.constant(x[s].swapaxes(0, 1))                        # (B, T, k)
        with tf.GradientTape() as tape:
            if not layer.built:
                layer.build(rows.shape)
                dense.build((B, T, D))
                kernel, recurrent, bias, out, out_bias = (w[s] for w in net.weights)
                if cell == "GRU":      # Keras keeps a second bias, inside the reset
                    bias = np.concatenate([bias, np.zeros_like(bias)])
                layer.set_weights([kernel, recurrent, bias if cell == "GRU" else bias[0]])
                dense.set_weights([out, out_bias[0]])
            states = layer(rows)
            tape.watch(states)
            logits = dense(states)
            per_token = keras.losses.sparse_categorical_crossentropy(
                targets[s].T, logits, from_logits=True)
            loss = tf.reduce_sum(per_token * weight[s].T)
        variables = layer.trainable_variables + dense.trainable_variables
        theirs = [g.numpy() for g in tape.gradient(loss, variables)]
        theirs[2] = theirs[2][:1] if cell == "GRU" else theirs[2][None]
        theirs[4] = theirs[4][None]
        assert largest_difference(net(x)[s].swapaxes(0, 1), logits.numpy()) < 1e-5
        assert abs(losses[s] - float(loss)) < 1e-5
        assert largest_difference([g[s] for g in grads], theirs) < 1e-4
    assert dh.shape == (S, T, B, D)


@pytest.mark.parametrize("cell", GATES)
def test_gradients_are_the_numerical_ones_and_replicas_stand_apart(cell):
    rng = np.random.default_rng(2)
    x, _, weight = problem(rng)
    targets = rng.normal(size=(S, T, B)).astype("float32")
    net = Replicas(cell, S, K, D, 1)
    losses, grads, _ = net.gradients(x, targets, weight, squared_error)
    for w, g in zip(net.weights, grads):
        index = (0, *(int(i) for i in (rng.integers(n) for n in w.shape[1:])))
        kept = w[index]
        values = []
        for move in (1e-2, -1e-2):
            w[index] = kept + move
            values.append(net.gradients(x, targets, weight, squared_error)[0])
        w[index] = kept
        numerical = (values[0] - values[1]) / 2e-2
        assert abs(numerical[0] - g[index]) < 2e-3
        assert abs(numerical[1]) < 1e-6, "another replica's weight changed this loss"


def test_replicas_learn_apart_and_the_same_again():
    rng = np.random.default_rng(3)
    x, targets, weight = problem(rng)
    two, one = (Replicas("LSTM", n, K, D, OUT, seed=4) for n in (2, 1))
    for _ in range(60):
        both = two.update(x, targets, weight)
        alone = one.update(x[:1], targets[:1], weight[:1])
    assert abs(both[0] - alone[0]) < 1e-4
    assert both[0] < 0.8 * cross_entropy(Replicas("LSTM", 2, K, D, OUT, seed=4)(x), targets,
                                         weight)[0][0]
    assert largest_difference(two.weights[0][0], two.weights[0][1]) > 0.1


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match="TRNN.*RNN, GRU, LSTM"):
        Replicas("TRNN", 1, 1, 1, 1)
