"""Checks for exercises: each message says what was expected, what came, and where."""

from collections.abc import Callable

import numpy as np


def check_shape(name: str, value, shape: tuple) -> None:
    """Assert that `value` is an array of `shape`; a None in `shape` matches any length."""
    if value is None:
        raise AssertionError(f"{name} is None: does your function return its result?")
    got = tuple(np.shape(value))
    fits = len(got) == len(shape) and all(w is None or w == g for g, w in zip(got, shape))
    if not fits:
        want = "(" + ", ".join("any" if s is None else str(s) for s in shape) + ")"
        raise AssertionError(f"{name} has shape {got}, expected {want}")


def check_close(name: str, value, expected, atol: float = 1e-6, rtol: float = 1e-5) -> None:
    """Assert that `value` equals `expected` in shape and, up to the tolerance, in each element.

    The message names the first wrong index and the largest difference.
    """
    expected = np.asarray(expected)
    check_shape(name, value, expected.shape)
    value = np.asarray(value)
    if value.dtype.kind not in "biufc":
        raise AssertionError(f"{name} holds {value.dtype}, expected numbers")
    if np.isnan(value).any() and not np.isnan(expected).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(value))[0])
        raise AssertionError(f"{name} is not a number (NaN) at index {where}")
    wrong = ~np.isclose(value, expected, atol=atol, rtol=rtol)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        at = f" at index {where}" if where else ""
        largest = np.abs(value - expected).max()
        raise AssertionError(
            f"{name}{at} is {value[where]:.6g}, expected {expected[where]:.6g} "
            f"({wrong.sum()} of {wrong.size} values are off, by up to {largest:.3g})"
        )


def check_type(name: str, value, kind: type) -> None:
    """Assert that `value` is of exactly the type `kind`: look-alikes don't count."""
    if type(value) is not kind:
        raise AssertionError(f"{name} is a {type(value).__name__}, expected a {kind.__name__}")


def largest_difference(ours, keras_value) -> float:
    """Largest absolute difference over two arrays, or over two equally long lists of arrays."""
    if isinstance(ours, (list, tuple)):
        if len(ours) != len(keras_value):
            raise ValueError(f"{len(ours)} arrays against {len(keras_value)}")
        return max(largest_difference(a, b) for a, b in zip(ours, keras_value))
    ours, keras_value = np.asarray(ours), np.asarray(keras_value)
    check_shape("the first array", ours, keras_value.shape)
    return float(np.abs(ours.astype("float64") - keras_value.astype("float64")).max())


def check_no_look_ahead(outputs_of: Callable[[np.ndarray], np.ndarray], ids: np.ndarray,
                        n_types: int, atol: float = 1e-5) -> None:
    """Assert that the output at each step depends on the tokens up to that step alone.

    `outputs_of` maps ids (B, T) to one output per step, (B, T, ...), and is called once: with one
    text `ids` (T,), and beside it copies whose tokens after step 1, 2, ... are replaced by other
    ids below `n_types`. What a language model says before the change must not move. A model that
    fails cheats: it reads the tokens that it is to predict, and its perplexity means nothing.
    """
    ids = np.asarray(ids)
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(f"ids have shape {ids.shape}; expected one text of at least 2 tokens")
    if n_types < 2:
        raise ValueError(f"n_types is {n_types}; a token needs another one to be replaced by")
    steps = np.arange(len(ids))
    later = steps > steps[:, None]                   # (T, T): row t may change after step t
    rows = np.where(later, (ids + 1) % n_types, ids)     # the last row is the text itself
    outputs = np.asarray(outputs_of(rows), dtype="float64")
    check_shape("the outputs", outputs, (len(ids), len(ids), *[None] * (outputs.ndim - 2)))
    moved = np.abs(outputs - outputs[-1]).reshape(len(ids), len(ids), -1).max(axis=-1)
    moved[later] = 0                                 # steps after a change may move
    # not "above atol": a NaN must not pass
    if not (moved <= atol).all():
        after, step = (int(k) for k in np.argwhere(~(moved <= atol))[0])
        raise AssertionError(
            f"the predictions depend on future tokens: the output at step {step + 1} moves by "
            f"{moved[after, step]:.3g} when only the tokens after step {after + 1} are changed"
        )
