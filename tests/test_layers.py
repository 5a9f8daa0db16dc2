"""The fast recurrent layers are Keras' layers: outputs, states, gradients, weights, files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.runtime import start

start(seed=1)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from utils import layers  # noqa: E402

CELLS = ("LSTM", "GRU", "SimpleRNN")


def pair(cell, units, width, seed=0, **arguments):
    """Keras' layer and ours with the same, random, weights."""
    rng = np.random.default_rng(seed)
    two = [getattr(module, cell)(units, **arguments) for module in (keras.layers, layers)]
    for layer in two:
        layer.build((2, None, width))
    weights = [rng.normal(0, 0.6, w.shape).astype("float32") for w in two[0].get_weights()]
    for layer in two:
        layer.set_weights(weights)
    return two


def values_and_gradients(layer, x, graph=False, **arguments):
    """Outputs of `layer` and the gradients of a sum that weighs every number differently."""
    x = tf.constant(x)
    states = [tf.constant(s) for s in arguments.pop("initial_state", [])]
    if states:
        arguments["initial_state"] = states

    def run():
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            outputs = keras.tree.flatten(layer(x, **arguments))
            total = sum(tf.reduce_sum(tf.sin(1.0 + tf.range(tf.size(y), dtype="float32"))
                                      * tf.reshape(y, (-1,))) for y in outputs)
        weights = [w.value for w in layer.trainable_variables]
        return outputs, tape.gradient(total, [x, *states, *weights])

    return [np.asarray(v) for v in keras.tree.flatten((tf.function(run) if graph else run)())]


def assert_same(theirs, ours, x, **arguments):
    want = values_and_gradients(theirs, x, **arguments)
    got = values_and_gradients(ours, x, **arguments)
    assert len(got) == len(want)
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(cell=st.sampled_from(CELLS), batch=st.integers(1, 4), steps=st.integers(1, 6),
       width=st.integers(1, 4), units=st.integers(1, 5), masked=st.booleans(),
       state=st.booleans(), seed=st.integers(0, 99),
       flags=st.fixed_dictionaries({k: st.booleans() for k in (
           "return_sequences", "return_state", "go_backwards", "zero_output_for_mask")}))
def test_outputs_states_and_gradients_are_those_of_keras(
        cell, batch, steps, width, units, masked, state, seed, flags):
    rng = np.random.default_rng(seed)
    arguments = {}
    if masked:
        mask = rng.random((batch, steps)) < 0.6
        mask[0] = False                                   # one row is all padding
        arguments["mask"] = mask
    if state:
        arguments["initial_state"] = [rng.normal(size=(batch, units)).astype("float32")
                                      for _ in range(2 if cell == "LSTM" else 1)]
    x = rng.normal(size=(batch, steps, width)).astype("float32")
    assert_same(*pair(cell, units, width, seed, **flags), x, **arguments)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_same_inside_a_graph(cell, masked):
    x = np.random.default_rng(1).normal(size=(3, 5, 4)).astype("float32")
    mask = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], bool)
    assert_same(*pair(cell, 5, 4, return_sequences=True, return_state=True), x, graph=True,
                **({"mask": mask} if masked else {}))


@pytest.mark.parametrize("wrapper", [keras.layers.Bidirectional, layers.Bidirectional])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_bidirectional(cell, masked, state, sequences, wrapper):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3, 6, 4)).astype("float32")
    arguments = {}
    if masked:
        arguments["mask"] = np.array([[1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
                                     bool)
    if state:
        arguments["initial_state"] = [rng.normal(size=(3, 5)).astype("float32")
                                      for _ in range(4 if cell == "LSTM" else 2)]
    theirs, ours = (
        wrap(layer) for wrap, layer in zip(
            (keras.layers.Bidirectional, wrapper),
            (getattr(module, cell)(5, return_sequences=sequences, return_state=state)
             for module in (keras.layers, layers))))
    for layer in (theirs, ours):
        layer.build(x.shape)
    ours.set_weights([rng.normal(0, 0.6, w.shape).astype("float32") for w in ours.get_weights()])
    theirs.set_weights(ours.get_weights())
    assert isinstance(ours.backward_layer, getattr(layers, cell))
    assert_same(theirs, ours, x, graph=True, **arguments)


def test_which_bidirectional_layers_are_left_to_keras(monkeypatch):
    def theirs(*_, **__):
        raise AssertionError("theirs")

    monkeypatch.setattr(keras.layers.Bidirectional, "call", theirs)
    x = np.ones((2, 3, 4), "float32")
    layers.Bidirectional(layers.LSTM(5))(x)
    layers.Bidirectional(layers.GRU(5, return_sequences=True))(x)
    for left in (layers.Bidirectional(layers.LSTM(5), merge_mode="sum"),
                 layers.Bidirectional(layers.LSTM(5, activation="relu")),
                 layers.Bidirectional(keras.layers.LSTM(5))):
        with pytest.raises(Exception, match="theirs"):
            left(x)


@pytest.mark.parametrize("arguments", [{"merge_mode": "sum"}, {"merge_mode": None}])
def test_directions_merged_in_another_way_are_equal_too(arguments):
    x = np.random.default_rng(3).normal(size=(2, 5, 4)).astype("float32")
    ours = layers.Bidirectional(layers.LSTM(3, return_sequences=True), **arguments)
    theirs = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True), **arguments)
    for layer in (ours, theirs):
        layer.build(x.shape)
    theirs.set_weights(ours.get_weights())
    assert_same(theirs, ours, x)


@pytest.mark.parametrize("cell", CELLS)
def test_a_stateful_layer_goes_on_where_it_stopped(cell):
    theirs, ours = pair(cell, 5, 4, stateful=True, return_sequences=True)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 12, 4)).astype("float32")
    whole = pair(cell, 5, 4, return_sequences=True)[1]
    want = np.asarray(whole(x))
    for k in range(0, 12, 4):
        np.testing.assert_allclose(ours(x[:, k:k + 4]), want[:, k:k + 4], atol=1e-5)
        theirs(x[:, k:k + 4])
    for a, b in zip(ours.states, theirs.states):
        np.testing.assert_allclose(a, b, atol=1e-5)
    ours.reset_state()
    np.testing.assert_allclose(ours(x[:, :4]), want[:, :4], atol=1e-5)


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_a_stateful_layer_start_from_the_state_before(cell, graph):
    """The carried state has changed by the time the gradient is taken; dU needs the old one."""
    theirs, ours = pair(cell, 5, 4, stateful=True, return_sequences=True)
    for layer in (theirs, ours):
        layer(np.ones((2, 3, 4), "float32"))
    x = np.random.default_rng(4).normal(size=(2, 6, 4)).astype("float32")
    assert_same(theirs, ours, x, graph=graph)


def embedded(module, cell):
    """Ids with padding -> two recurrent layers -> logits at each step."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, 6, mask_zero=True)(ids)
    for units in (5, 4):
        x = getattr(module, cell)(units, return_sequences=True)(x)
    return keras.Model(ids, keras.layers.Dense(9)(x))


@pytest.mark.parametrize("cell", CELLS)
def test_training_twenty_steps_gives_the_losses_of_keras(cell):
    rng = np.random.default_rng(4)
    x = rng.integers(1, 9, (40, 7)).astype("int32")
    x[np.arange(7)[None] >= rng.integers(2, 8, 40)[:, None]] = 0
    theirs, ours = embedded(keras.layers, cell), embedded(layers, cell)
    ours.set_weights(theirs.get_weights())
    losses = []
    for model in (theirs, ours):
        model.compile(keras.optimizers.Adam(0.01, global_clipnorm=1.0),
                      keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        losses.append(model.fit(x, x, batch_size=4, epochs=2, shuffle=False,
                                verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=2e-5)
    assert losses[1][1] < losses[1][0]


@pytest.mark.parametrize("cell", CELLS)
def test_saving_and_cloning(cell, tmp_path):
    model = embedded(layers, cell)
    x = np.array([[1, 2, 3, 0], [4, 5, 6, 7]], "int32")
    want = np.asarray(model(x))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(x), want)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(x), want)
    assert [type(a) for a in again.layers] == [type(a) for a in clone.layers] \
        == [type(a) for a in model.layers]


def test_saving_a_bidirectional_layer(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layers.Bidirectional(layers.LSTM(4))])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.layers[0]) is layers.Bidirectional
    x = np.random.default_rng(5).normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_array_equal(again(x), model(x))


def test_the_same_figures_again():
    x = np.random.default_rng(5).normal(size=(8, 100, 16)).astype("float32")
    layer = pair("LSTM", 32, 16, return_sequences=True)[1]
    first, second = (values_and_gradients(layer, x, graph=True) for _ in range(2))
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)


def hands_over(monkeypatch, layer, x, **arguments):
    """Whether the layer leaves the loop to Keras: the loop of its own must not run then."""
    def ours(*_):
        raise AssertionError("ours")

    monkeypatch.setattr(type(layer), "_recurrence", staticmethod(ours))
    try:
        layer(x, **arguments)
    except Exception as error:
        assert "ours" in str(error)
        return False
    return True


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_left_to_keras(cell, monkeypatch):
    layer, x = getattr(layers, cell), np.ones((2, 3, 4), "float32")
    assert not hands_over(monkeypatch, layer(5), x)
    assert not hands_over(monkeypatch, layer(5, dropout=0.5), x, training=False)
    assert hands_over(monkeypatch, layer(5, dropout=0.5), x, training=True)
    assert hands_over(monkeypatch, layer(5, recurrent_dropout=0.5), x, training=True)
    assert hands_over(monkeypatch, layer(5, activation="relu"), x)
    assert hands_over(monkeypatch, layer(5, use_bias=False), x)
    if cell == "GRU":
        assert hands_over(monkeypatch, layer(5, reset_after=False), x)
    if cell != "SimpleRNN":
        assert hands_over(monkeypatch, layer(5, recurrent_activation="hard_sigmoid"), x)


@pytest.mark.parametrize("cell", CELLS)
def test_a_gpu_and_another_backend_are_left_to_keras(cell, monkeypatch):
    layer, x = getattr(layers, cell), np.ones((2, 3, 4), "float32")
    with monkeypatch.context() as patch:
        patch.setattr(layers, "device", lambda: "GPU")
        assert hands_over(patch, layer(5), x)
    with monkeypatch.context() as patch:
        patch.setattr(layers, "backend", lambda: "jax")
        assert hands_over(patch, layer(5), x)


@pytest.mark.parametrize("arguments", [{"reset_after": False}, {"use_bias": False}])
def test_what_keras_computes_instead_is_equal_too(arguments):
    x = np.random.default_rng(6).normal(size=(2, 5, 4)).astype("float32")
    assert_same(*pair("GRU", 5, 4, return_sequences=True, **arguments), x)
